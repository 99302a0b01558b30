"""One run of canary pods: made, awaited, and removed whatever happens; what an earlier run left goes first."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from binder_deploy.checks.facts.network import Reached
from binder_deploy.checks.probes.kube import ApiRefused, Kube
from binder_deploy.checks.probes.pods.canary import EXPIRES, LABEL, Attempt, Likeness, Run, pod, policy
from binder_deploy.settings.names import OWNER_LABEL

PODS = "/api/v1/namespaces/{}/pods"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"
HUB = "/apis/apps/v1/namespaces/{}/deployments/hub"
PATIENCE_S = 480.0
"""Seconds for a pod to end: a pool may have to make a node first, which then pulls the image."""
_BACKGROUND = "propagationPolicy=Background&gracePeriodSeconds=1"


class CanaryError(Exception):
    """A canary pod brought no result; the message says what Kubernetes said of it."""


@dataclass(frozen=True)
class Errand:
    """One pod of a run."""

    likeness: Likeness
    attempts: Sequence[Attempt]
    policy: bool | None = None
    """A policy of its own: True lets everything out, False nothing."""


def send_out(
    kube: Kube, deployment: str, errands: Sequence[Errand], *, patience_s: float = PATIENCE_S
) -> Mapping[str, Mapping[str, Reached]]:
    """Role → name of the attempt → how it ended, from pods that run at the same time.

    Raises `CanaryError`, `ApiRefused`, `LookupError` if there is no image to run, or urllib3's errors.
    """
    with _run(kube, deployment, patience_s) as run:
        for errand in errands:
            if errand.policy is not None:
                kube.send("POST", POLICIES.format(kube.binder), body=policy(run, errand.likeness, allow=errand.policy))
        made = {
            e.likeness.role: kube.send("POST", PODS.format(kube.binder), body=pod(run, e.likeness, e.attempts))
            for e in errands
        }
        deadline = time.monotonic() + patience_s
        return {role: _result(_ended(kube, created, deadline)) for role, created in made.items()}


def sweep(kube: Kube, deployment: str, now: datetime) -> None:
    """Remove what earlier runs of this deployment left behind, once it has expired."""

    def expired(found: Mapping[str, Any]) -> bool:
        until = (found["metadata"].get("annotations") or {}).get(EXPIRES)
        return until is not None and datetime.fromisoformat(until) < now

    _remove(kube, f"{OWNER_LABEL}={deployment},{LABEL}", expired)


@contextmanager
def _run(kube: Kube, deployment: str, patience_s: float) -> Iterator[Run]:
    now = datetime.now(UTC)
    sweep(kube, deployment, now)
    image, pull_secrets = _image(kube)
    run = Run(
        deployment=deployment,
        suffix=secrets.token_hex(4),
        expires=now + timedelta(seconds=patience_s + 120),
        image=image,
        pull_secrets=pull_secrets,
        namespace=kube.binder,
    )
    try:
        yield run
    finally:
        _remove(kube, f"{LABEL}={run.suffix}", lambda _: True)


def _image(kube: Kube) -> tuple[str, Sequence[Mapping[str, str]]]:
    """The hub's: it has Python, and the deployment pulls it anyway, from wherever it was told to."""
    try:
        spec = kube.get(HUB.format(kube.binder))["spec"]["template"]["spec"]
    except ApiRefused as refused:
        if refused.status == 404:
            raise LookupError(f"no hub in {kube.binder} yet, whose image a canary pod could run") from refused
        raise
    return str(spec["containers"][0]["image"]), spec.get("imagePullSecrets") or ()


def _remove(kube: Kube, selector: str, which: Callable[[Mapping[str, Any]], bool]) -> None:
    for collection in (PODS.format(kube.binder), POLICIES.format(kube.binder)):
        found = kube.get(f"{collection}?labelSelector={quote(selector)}").get("items") or ()
        for name in [item["metadata"]["name"] for item in found if which(item)]:
            # Gone already: BinderHub removes what looks like a finished build.
            with _unless_missing():
                kube.send("DELETE", f"{collection}/{name}?{_BACKGROUND}")


@contextmanager
def _unless_missing() -> Iterator[None]:
    try:
        yield
    except ApiRefused as refused:
        if refused.status != 404:
            raise


def _ended(kube: Kube, created: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
    """The pod in its last state. Watched, not polled: BinderHub removes finished build pods every minute, and the
    event of the removal still has what the pod said."""
    name, version = created["metadata"]["name"], created["metadata"]["resourceVersion"]
    seen, pods = created, PODS.format(kube.binder)
    while (left := deadline - time.monotonic()) > 0:
        try:
            for event in kube.watch(f"{pods}?fieldSelector=metadata.name%3D{name}", version, left):
                # An error: the server has forgotten what was before.
                seen = kube.get(f"{pods}/{name}") if event["type"] == "ERROR" else event["object"]
                version = seen["metadata"]["resourceVersion"]
                if event["type"] == "DELETED" or (seen.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
                    return seen
        except HTTPError:
            # A stream may break off at any time; the next one goes on from the last state that was seen.
            time.sleep(min(1.0, left))
    raise CanaryError(f"pod {name} did not end in time: {_why(seen)}")


def _terminated(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    states = (found.get("status") or {}).get("containerStatuses") or ()
    return next((s["state"]["terminated"] for s in states if "terminated" in (s.get("state") or {})), None)


def _result(found: Mapping[str, Any]) -> Mapping[str, Reached]:
    name, ended = found["metadata"]["name"], _terminated(found)
    if ended is None or ended.get("exitCode") != 0:
        raise CanaryError(f"pod {name} brought no result: {_why(found)}")
    try:
        said = json.loads(ended.get("message") or "")
    except ValueError as error:
        raise CanaryError(f"pod {name} ended without a result") from error
    return {attempt: Reached(**reached) for attempt, reached in said.items()}


def _why(found: Mapping[str, Any]) -> str:
    """What Kubernetes says about a pod that brought nothing: the most telling words that there are."""
    status = found.get("status") or {}
    ended = _terminated(found) or {}
    states = [s.get("state") or {} for s in status.get("containerStatuses") or ()]
    waiting = [state["waiting"] for state in states if "waiting" in state]
    unmet = [c for c in status.get("conditions") or () if c.get("status") == "False" and c.get("message")]
    for words in (ended, *waiting, status, *unmet):
        text = ": ".join(str(words[key]) for key in ("reason", "message") if words.get(key))
        if text:
            return text[-300:]
    return f"phase {status.get('phase', 'unknown')}"
