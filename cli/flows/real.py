"""Opens a deployment at a real cloud, and the sequences of `plan`, `up` and `down` on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.charts import lock as locks
from binder_deploy.charts.resolve import Resolved
from binder_deploy.checks.model import Outcome
from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.acquire import get_charts, get_tools
from binder_deploy.cli.flows.deploy import advice, deploy
from binder_deploy.cli.flows.deployment import Deployment, bare_deployment, open_deployment
from binder_deploy.cli.flows.errors import Blocked, Refused, Stopped
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.remove import remove
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.ops.leftovers.gcp import sweep
from binder_deploy.ops.leftovers.google_api import GoogleApi
from binder_deploy.ops.leftovers.google_auth import default_client
from binder_deploy.settings.address import ManualDns
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import LOCK_NAME, load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.engine import EngineError, Interrupted
from binder_deploy.stacks.events import Event, ResourceStep, Summary
from binder_deploy.stacks.local_site import local_site, owner, take_over

Confirm = Callable[[str], bool]
"""Asks a person; False is a no. Without a terminal it raises `Refused`."""


@dataclass(frozen=True)
class Request:
    """Which deployment, and how its charts are found."""

    file: Path
    bundle: Path | None = None
    wait_s: float = 0.0
    """How long `up` waits for what people and certificate authorities do: DNS records, certificates."""

    @property
    def folder(self) -> Path:
        """The deployment's folder."""
        return self.file.resolve().parent


def plan(request: Request, observe: Observer) -> Summary:
    """What `up` would do. Changes nothing but `.binder-deploy/` and the lock of the charts."""
    deployment, _ = _opened(request, observe)
    return _preview(deployment, observe)


def up(request: Request, observe: Observer, confirm: Confirm) -> tuple[Outputs | None, tuple[Outcome, ...]]:
    """Check, plan, ask, deploy, check. Outputs are None if the person said no."""
    deployment, before = _opened(request, observe)
    planned = _preview(deployment, observe)
    if changed(planned):
        todo = changes(planned).replace("created", "to create")
        if not confirm(f"{todo} ({deployment.settings.platform.where}). Go on?"):
            return None, before
        take_over(deployment.site.work, _identity(deployment.settings))
        with phase(observe, "up", "deploy") as current:
            current.note = changes(deploy(deployment, observe))
    outputs = deployment.engine.outputs()
    if outputs:
        _tell_records(deployment.settings, outputs, observe)
    try:
        after = checking.after(deployment, outputs, observe, wait_s=request.wait_s)
    except Blocked as error:
        raise Blocked(error.outcomes, advice(deployment, "up", error)) from None
    return outputs, (*before, *after)


def down(request: Request, observe: Observer, confirm: Confirm) -> None:
    """Remove everything after the name was typed. Raises `Refused` if it was another, `LeftoversFound`."""
    settings = load(request.file)
    _refuse_local_state_in_ci(settings, os.environ)
    site = local_site(request.folder, get_tools(observe, rehearsal=False))
    _refuse_another(owner(site.work), settings)
    deployment = bare_deployment(request.folder, settings, site, lambda: _sweep(settings))
    if any(r.get("custom") for r in deployment.engine.resources()) and not confirm(settings.name):
        raise Refused(f"that is not the name of this deployment ({settings.name}); nothing was removed")
    remove(deployment, observe)


def opened_for_checks(request: Request, observe: Observer) -> Deployment:
    """A deployment to look at."""
    return _open(request, load(request.file), observe)


def _opened(request: Request, observe: Observer) -> tuple[Deployment, tuple[Outcome, ...]]:
    settings = load(request.file)
    alone = checking.settings_alone(settings, request.folder, observe)
    deployment = _open(request, settings, observe)
    return deployment, (*alone, *checking.before(deployment, observe))


def _open(request: Request, settings: Settings, observe: Observer) -> Deployment:
    _refuse_local_state_in_ci(settings, os.environ)
    tools = get_tools(observe, rehearsal=False)
    resolved = get_charts(request.folder, request.bundle, observe, allow_stand_ins=False)
    _write_lock(request.folder / LOCK_NAME, resolved)
    site = local_site(request.folder, tools)
    _refuse_another(owner(site.work), settings)
    return open_deployment(request.folder, settings, tools, resolved, site, lambda: _sweep(settings))


def _preview(deployment: Deployment, observe: Observer) -> Summary:
    replaced: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, ResourceStep) and event.change == "replace" and event.type.endswith("/cluster:Cluster"):
            replaced.append(event.name)
        observe(event)

    with phase(observe, "plan", "plan") as current:
        try:
            summary = deployment.engine.preview(watch)
        except (EngineError, Interrupted) as error:
            raise Stopped(error, advice(deployment, "plan", error)) from error
        current.note = changes(summary)
    if replaced:
        raise Refused(
            "this change of platform.* replaces the cluster, with all that is in it, and that is never done in "
            "passing; take the change back, or run `binder-deploy down` and then `binder-deploy up`"
        )
    return summary


def _tell_records(settings: Settings, outputs: Outputs, observe: Observer) -> None:
    """The records that somebody else has to make; told before anything waits for them."""
    if isinstance(settings.address.dns, ManualDns):
        for host in settings.address.hosts:
            observe(Notice(f"DNS record needed:  {host}.  300  IN  A  {outputs.address}"))


def _sweep(settings: Settings) -> Sweep:
    with default_client() as http:
        return sweep(settings, GoogleApi(http))


def _write_lock(file: Path, resolved: Resolved) -> None:
    """Record digests that nobody had recorded yet, so that they are enforced from now on."""
    if resolved.new_digests:
        locks.write(file, locks.read(file).updated(resolved.bundle, resolved.new_digests))


def _identity(settings: Settings) -> str:
    """What must not change in the life of a deployment."""
    return f"{settings.name} in {settings.platform.where}"


def _refuse_another(deployed: str | None, settings: Settings) -> None:
    """The state of one deployment is not found by the name of another, and would be forgotten, and billed."""
    if deployed and deployed != _identity(settings):
        raise Refused(
            f"this folder deployed {deployed}, but name and platform.project now say {_identity(settings)}; take the "
            "change back, or use another folder for another deployment"
        )


def _refuse_local_state_in_ci(settings: Settings, environ: Mapping[str, str]) -> None:
    if settings.state.kind == "local" and environ.get("CI", "").lower() in ("1", "true"):
        raise Refused(
            "state.kind: a local state would be lost with this CI machine, and the cluster would stay and cost; "
            "run `up` and `down` from a machine that keeps its files (a rehearsal needs no state: "
            "`binder-deploy rehearse`)"
        )
