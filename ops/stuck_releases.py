"""Helm releases whose operation was cut off: Helm writes down that it has begun, and refuses whatever comes after.

Before an install nothing but Helm's own records is touched (Secrets `sh.helm.release.v1.NAME.vREVISION`). What the
release made stays: it carries Helm's mark that it is the release's, and so the next install takes it over.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError
from ruamel.yaml import YAML
from urllib3.exceptions import HTTPError

from binder_deploy.ops.client import api_client, got, listed
from binder_deploy.settings.names import OWNER_LABEL

_PENDING, _REMOVING = "pending-", "uninstalling"


class NotMended(Exception):
    """The cluster could not be asked, or refused a change."""


@dataclass(frozen=True)
class Begun:
    """A release that the state knows that it was begun."""

    namespace: str
    name: str
    installed: bool
    """The state has it as made, if only in part: the engine will upgrade it, else install it."""


@dataclass(frozen=True)
class _Revision:
    number: int
    status: str
    since: datetime
    secret: str


def repair(
    kubeconfig: Path, begun: Collection[Begun], *, owner: str | None, quiet: timedelta = timedelta()
) -> tuple[str, ...]:
    """Let the engine go on with each of them; one line for each that was mended, or could not be yet.

    Only when no other run is at work. `owner`: value of our label that the namespace must carry; None: the whole
    cluster is ours. `quiet`: how long a record must not have changed, where it is not known whether another run is at
    work. Raises `NotMended`.
    """
    with _told():
        api = CoreV1Api(api_client(kubeconfig))
        return tuple(
            line
            for release in begun
            if owner is None or _ours(api, release.namespace, owner)
            for line in _mend(api, release, quiet)
        )


def gone(kubeconfig: Path, begun: Collection[Begun]) -> tuple[Begun, ...]:
    """Those that the state has as made and Helm has no record of: a run was killed after Helm had uninstalled them, or
    somebody else uninstalled them. Helm refuses to upgrade or uninstall these. Raises `NotMended`.
    """
    with _told():
        api = CoreV1Api(api_client(kubeconfig))
        return tuple(release for release in begun if release.installed and not _revisions(api, release))


def clear(kubeconfig: Path, begun: Collection[Begun], *, owner: str, quiet: timedelta = timedelta()) -> tuple[str, ...]:
    """Before a removal: take away what releases made that the state knows nothing of, as `helm uninstall` does, without
    their hooks; one line for each. What is to be kept is kept. Parameters and what it raises: as for `repair`.
    """
    with _told():
        client = api_client(kubeconfig)
        api = CoreV1Api(client)
        unknown = [release for release in begun if not release.installed and _ours(api, release.namespace, owner)]
        return tuple(line for release in unknown for line in _clear(client, api, release, quiet))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        raise NotMended(f"the cluster refuses ({error.status} {error.reason})") from error
    except (HTTPError, ConfigException) as error:
        raise NotMended(f"the cluster does not answer ({type(error).__name__})") from error


def _clear(client: ApiClient, api: CoreV1Api, release: Begun, quiet: timedelta) -> Iterator[str]:
    revisions = _revisions(api, release)
    if not revisions:
        return
    if fresh := _fresh(release, revisions[-1], quiet):
        yield fresh
        return
    dynamic = DynamicClient(client)  # type: ignore[no-untyped-call]
    marks = {"meta.helm.sh/release-name": release.name, "meta.helm.sh/release-namespace": release.namespace}
    for document in YAML(typ="safe").load_all(_record(api, release, revisions[-1])["manifest"]):
        if not document:
            continue
        try:
            kind = dynamic.resources.get(api_version=document["apiVersion"], kind=document["kind"])
            where = {"name": document["metadata"]["name"]}
            # A chart may put things elsewhere: cert-manager elects its leader in kube-system.
            inside = document["metadata"].get("namespace") or release.namespace
            where |= {"namespace": inside} if kind.namespaced else {}
            there = kind.get(**where).to_dict()["metadata"].get("annotations") or {}
            if marks.items() <= there.items() and there.get("helm.sh/resource-policy") != "keep":
                kind.delete(**where)
        except (NotFoundError, ResourceNotFoundError):
            continue  # it was never made, or its kind was not
    for revision in revisions:
        api.delete_namespaced_secret(revision.secret, release.namespace)
    yield f"{_words(release, revisions[-1])} was cut off before the state knew of it: what it made is removed"


def _mend(api: CoreV1Api, release: Begun, quiet: timedelta) -> Iterator[str]:
    revisions = _revisions(api, release)
    if not revisions:
        return
    *before, last = revisions
    # One that the state does not have as made is in the engine's way whatever became of it.
    if release.installed and last.status != _REMOVING and not last.status.startswith(_PENDING):
        return
    where = _words(release, last)
    if fresh := _fresh(release, last, quiet):
        yield fresh
    elif not release.installed:
        for revision in revisions:
            api.delete_namespaced_secret(revision.secret, release.namespace)
        yield f"{where} was cut off before the state knew of it: Helm's record is removed, and it is installed anew"
    elif last.status == _REMOVING:
        for revision in revisions:
            api.delete_namespaced_secret(revision.secret, release.namespace)
        yield f"{where}: its removal was cut off; Helm's record is removed, and it is installed anew"
    elif before:
        api.delete_namespaced_secret(last.secret, release.namespace)
        yield f"{where} was cut off: Helm's record of it is removed; revision {before[-1].number} is the last one again"
    else:
        _fail(api, release, last)
        yield f"{where} was cut off: it counts as failed now, so that it can be upgraded"


def _words(release: Begun, last: _Revision) -> str:
    return f"release {release.namespace}/{release.name} (revision {last.number}, {last.status})"


def _fresh(release: Begun, last: _Revision, quiet: timedelta) -> str:
    """Why it is too early to say that it was cut off, if it is."""
    if datetime.now(UTC) - last.since >= quiet:
        return ""
    at = (last.since + quiet).strftime("%H:%M UTC")
    return f"{_words(release, last)}: another run may be at work; if none is, it is mended from {at} on"


def _revisions(api: CoreV1Api, release: Begun) -> list[_Revision]:
    """All that Helm has, the oldest first."""
    found = listed(api.list_namespaced_secret, release.namespace, label_selector=f"owner=helm,name={release.name}")
    return sorted(
        (
            _Revision(int(labels["version"]), labels["status"], _since(meta), meta["name"])
            for meta in (secret["metadata"] for secret in found)
            if {"version", "status"} <= (labels := meta.get("labels") or {}).keys()
        ),
        key=lambda revision: revision.number,
    )


def _since(meta: dict[str, Any]) -> datetime:
    """When Helm changed the record last: it writes that into a label, in seconds."""
    told = (meta.get("labels") or {}).get("modifiedAt")
    made = datetime.fromisoformat(meta["creationTimestamp"])
    return max(made, datetime.fromtimestamp(int(told), UTC)) if told else made


def _fail(api: CoreV1Api, release: Begun, revision: _Revision) -> None:
    """Write what Helm would have written, had it lived to see the end."""
    record = _record(api, release, revision)
    record["info"] |= {"status": "failed", "description": "cut off"}
    packed = base64.b64encode(gzip.compress(json.dumps(record).encode()))
    change = {
        "metadata": {"labels": {"status": "failed"}},
        "data": {"release": base64.b64encode(packed).decode()},
    }
    api.patch_namespaced_secret(revision.secret, release.namespace, change)


def _record(api: CoreV1Api, release: Begun, revision: _Revision) -> dict[str, Any]:
    """What Helm stored, secrets in it: encoded before it was stored, and by Kubernetes again."""
    secret = got(api.read_namespaced_secret, revision.secret, release.namespace)
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    return dict(json.loads(gzip.decompress(packed)))


def _ours(api: CoreV1Api, namespace: str, owner: str) -> bool:
    try:
        labels = got(api.read_namespace, namespace)["metadata"].get("labels") or {}
    except ApiException as error:
        if error.status == 404:
            return False
        raise
    return bool(labels.get(OWNER_LABEL) == owner)
