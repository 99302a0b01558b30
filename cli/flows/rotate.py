"""Gives a living deployment new secrets: the tokens that were made up for it, credentials that `binder.yaml` refers to,
the passphrase of its state."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binder_deploy.charts.values.monitoring.scrape import SERVICE as METRICS
from binder_deploy.cli.flows.acquire import get_tools
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, Refused, Stopped
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.partly import RELEASE, others_wait, service_of, update
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.cli.flows.state_site import Confirm, place_of, refuse_forgotten, refuse_local_state_in_ci
from binder_deploy.ops.backup.hub import NoHub
from binder_deploy.ops.backup.pod_exec import ExecFailed
from binder_deploy.ops.backup.tokens import take_back
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.ops.restart import NotRestarted, restart
from binder_deploy.settings.choices import brings_registry
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import REGISTRY_RELEASE
from binder_deploy.settings.references import references
from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.ledger import remembered
from binder_deploy.stacks.passphrase import given_passphrase, passphrase_place
from binder_deploy.stacks.reencrypt import reencrypt
from binder_deploy.stacks.site import keep_aside
from binder_deploy.stacks.stored import export
from binder_deploy.stacks.tokens import MONITORING_TOKENS, REGISTRY_TOKENS, TOKENS

PASSPHRASE = "passphrase"  # noqa: S105
OWN_CERTIFICATE = "binder-deploy:cluster:OwnCertificate"
MONITORING_GROUND = "binder-deploy:cluster:MonitoringGround"
_SERVICE = "binder"
"""What the hub, and the cluster, call BinderHub."""


@dataclass(frozen=True)
class Rotatable:
    """A secret that can be rotated."""

    name: str
    """As people say it: `hub-token`, `binder.github_token`."""
    key: str
    """In the engine's configuration; empty for the passphrase."""
    what: str
    means: str
    """What rotating it does to people."""


_TOKENS = (
    Rotatable(
        "hub-token",
        "hubToken",
        "BinderHub's token at the hub",
        "hub and BinderHub start anew, launches that are under way fail; the hub forgets the old token",
    ),
    Rotatable(
        "proxy-token",
        "proxyToken",
        "the hub's token at the proxy",
        "hub and proxy start anew: nobody reaches a server for a moment, open notebooks connect again",
    ),
    Rotatable(
        "cookie-secret",
        "cookieSecret",
        "what the hub signs cookies with",
        "the hub starts anew, and everybody who is logged in is logged out; servers go on",
    ),
    Rotatable(
        "crypt-key",
        "cryptKey",
        "what the hub encrypts people's login details with",
        "the hub starts anew and cannot read those that it has: they come again with each person's next login",
    ),
)
_REGISTRY = (
    Rotatable(
        "registry-push",
        "registryPush",
        "the password that builds write images with, at the registry inside the cluster",
        "the registry starts anew and BinderHub with it: builds that are under way fail at their last step",
    ),
    Rotatable(
        "registry-pull",
        "registryPull",
        "the password that images are read with, at the registry inside the cluster",
        "the registry starts anew and BinderHub with it; servers that run go on",
    ),
)
_MONITORING = (
    Rotatable(
        "metrics-token",
        "metricsToken",
        "what Prometheus asks the hub with",
        "the hub starts anew and forgets the old token; its measurements have a gap of a minute or two",
    ),
    Rotatable(
        "grafana-password",
        "grafanaPassword",
        "the password of Grafana's admin",
        "the next pod of Grafana takes the new one: `kubectl -n binder-monitoring rollout restart deployment/grafana`",
    ),
)
_PASSPHRASE = Rotatable(
    PASSPHRASE,
    "",
    "what encrypts the secrets in the state",
    "nothing in the cluster; whoever shares the state needs the new one",
)


def rotatable(settings: Settings) -> tuple[Rotatable, ...]:
    """Every secret of a deployment that has one."""
    given = (
        Rotatable(
            found.path,
            found.key,
            f"what {found.ref} holds",
            "is read again where binder.yaml says; what uses it starts anew",
        )
        for found in references(settings)
    )
    watching = _MONITORING if settings.monitoring else ()
    return (*_TOKENS, *(_REGISTRY if brings_registry(settings) else ()), *watching, *given, _PASSPHRASE)


def rotate(request: Request, names: Sequence[str], observe: Observer, confirm: Confirm) -> bool:
    """Rotate the secrets of these names. False: the person said no.

    Raises `Refused` for a name that is none and where nothing is deployed, `Stopped`, and as `opened_for_checks` does.
    """
    wanted = chosen(load(request.file), names)
    if wanted == (_PASSPHRASE,):
        return rotate_passphrase(request.file, observe, confirm)
    if _PASSPHRASE in wanted:
        raise Refused("rotate the passphrase by itself: `binder-deploy secrets rotate passphrase`")
    # A new deployment of the same secrets begins with what they are now: those of `binder.yaml` are read here.
    deployment = opened_for_checks(request, observe)
    resources = deployment.engine.resources()
    targets = (*service_of(deployment), *_certificate(resources), *_registry(resources), *_monitoring(resources))
    tokens = [one for one in wanted if one.key in (*TOKENS, *REGISTRY_TOKENS, *MONITORING_TOKENS)]
    more = others_wait(deployment, targets, observe)
    if not tokens and not more:
        observe(Notice("what was named is deployed already as it is now; change it where binder.yaml says, first"))
        return True
    meaning = "; ".join(f"{one.name}: {one.means}" for one in wanted)
    along = " What else was changed in binder.yaml for the service goes along." if more and tokens else ""
    if not confirm(f"Rotate ({deployment.settings.platform.where}) {meaning}.{along} Go on?"):
        return False
    command = f"secrets rotate {' '.join(one.name for one in wanted)}"
    fresh = {one.key: secrets.token_hex(32) for one in tokens}
    deployment.engine.configure_secrets(fresh)
    # Should the update end before the state has taken note, the next command takes them back: see `ledger.recall`.
    update(deployment, targets, command, observe)
    if "hubToken" in fresh and not deployment.simulated:
        _take_back(deployment, fresh["hubToken"], command, observe)
    if "metricsToken" in fresh and not deployment.simulated:
        _forget(deployment, METRICS, fresh["metricsToken"], command, observe)
    return True


def chosen(settings: Settings, names: Sequence[str]) -> tuple[Rotatable, ...]:
    """The secrets of these names, in the order of the list. Raises `Refused`."""
    known = {one.name: one for one in rotatable(settings)}
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        what = f"{', '.join(wrong)}: not a secret of this deployment" if wrong else "say which"
        raise Refused(f"{what}; there are {', '.join(known)} (`binder-deploy secrets rotate --list` explains them)")
    return tuple(one for name, one in known.items() if name in names)


def rotate_passphrase(file: Path, observe: Observer, confirm: Confirm) -> bool:
    """Encrypt the state anew by a new passphrase, which takes the old one's place in the keyring or the file.

    False: the person said no. A rotation that was killed leaves a state that opens. Raises `Refused`, `StateLocked`,
    `EngineError`.
    """
    settings, folder = load(file), file.resolve().parent
    refuse_local_state_in_ci(settings)
    tools = get_tools(observe, rehearsal=False)
    place = place_of(settings.state, settings, folder, tools)
    refuse_forgotten(place, settings, folder, tools)
    id = place.backend.passphrase_id
    if id is None:
        raise Refused(
            f"the state in {place.backend.where} has no passphrase: its key ({place.backend.secrets_provider}) is "
            "rotated where it is kept"
        )
    if given := given_passphrase():
        raise Refused(
            f"the passphrase comes from ${next(iter(given))}, which cannot be changed from here; unset it where the "
            "keyring or a file of this machine has it, run this again, and give out the new one afterwards "
            "(`binder-deploy state show` says where it is)"
        )
    if place.stored is None or not place.stored.resources:
        raise Refused(f"there is no state in {place.backend.where}")
    site = place.open()
    if not remembered(Engine(site, settings.name, lambda: None).resources()):
        raise Refused("this state does not remember the service's tokens yet; run `binder-deploy up` once, then this")
    if not confirm(f"Encrypt the state in {place.backend.where} by a new passphrase? Who shares it needs the new one."):
        return False
    with phase(observe, "rotate", "encrypt the state anew") as current:
        aside = keep_aside(site.work, f"{settings.name}.json")
        aside.touch(mode=0o600)
        aside.write_text(export(site, settings.name) or "", encoding="utf-8")
        reencrypt(site, settings.name, id)
        place_of(settings.state, settings, folder, tools).open()  # makes the new passphrase the one
        current.note = f"the new passphrase is {passphrase_place(id)}; the old state, as it was encrypted: {aside}"
    return True


def _take_back(deployment: Deployment, token: str, command: str, observe: Observer) -> None:
    """The hub's database keeps every token that a service ever had, and lets it in. BinderHub reads its token when it
    starts, and its chart does not start it anew for another one: until that is done it lives on the old one."""
    try:
        with phase(observe, "restart", "start BinderHub with the new token"):
            restart(deployment.kubeconfig, _SERVICE)
    except (ClusterSilent, NotRestarted) as error:
        raise _still_in(error, command) from error
    _forget(deployment, _SERVICE, token, command, observe)


def _forget(deployment: Deployment, service: str, token: str, command: str, observe: Observer) -> None:
    """Let the hub have no other token of this service than the new one."""
    try:
        with phase(observe, "revoke", "let the hub forget the old token") as current:
            current.note = f"{take_back(deployment.kubeconfig, service, token)} forgotten"
    except (NoHub, ClusterSilent, ExecFailed) as error:
        raise _still_in(error, command) from error


def _still_in(error: Exception, command: str) -> Stopped:
    exists = "The hub knows the new token, but still lets the old one in."
    return Stopped(error, Advice(exists, f"`binder-deploy {command}` tries again", ""))


def _monitoring(resources: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """URNs of what the monitoring logs in with; none where there is no monitoring."""
    urns = {r["urn"] for r in resources if r["type"] == MONITORING_GROUND}
    return tuple(r["urn"] for r in resources if r["urn"] in urns or r.get("parent") in urns)


def _registry(resources: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """URNs of the release of a registry inside the cluster, with its component; none where there is no such one."""
    found = [r for r in resources if r["type"] == RELEASE and (r.get("inputs") or {}).get("name") == REGISTRY_RELEASE]
    return tuple(urn for r in found for urn in (r["parent"], r["urn"]))


def _certificate(resources: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """URNs of a certificate that `binder.yaml` refers to, with its Secret; none where Let's Encrypt issues it."""
    urns = {r["urn"] for r in resources if r["type"] == OWN_CERTIFICATE}
    return tuple(r["urn"] for r in resources if r["urn"] in urns or r.get("parent") in urns)
