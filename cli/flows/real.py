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
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.errors import Refused, Stopped
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.remove import remove
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.ops.leftovers.gcp import sweep
from binder_deploy.ops.leftovers.google_api import GoogleApi
from binder_deploy.ops.leftovers.google_auth import default_client
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import LOCK_NAME, load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.engine import EngineError, Interrupted
from binder_deploy.stacks.events import Event, ResourceStep, Summary
from binder_deploy.stacks.local_site import local_site

Confirm = Callable[[str], bool]
"""Asks a person; False is a no. Without a terminal it raises `Refused`."""


@dataclass(frozen=True)
class Request:
    """Which deployment, and how its charts are found."""

    file: Path
    bundle: Path | None = None

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
        where = f"{deployment.settings.platform.project}, {deployment.settings.platform.zone}"
        if not confirm(f"{changes(planned)} ({where}). Go on?".replace("created", "to create")):
            return None, before
        with phase(observe, "up", "deploy") as current:
            current.note = changes(deploy(deployment, observe))
    return deployment.engine.outputs(), (*before, *checking.after(deployment, observe))


def down(request: Request, observe: Observer, confirm: Confirm) -> bool:
    """Remove everything after the name was typed; False if it was not. Raises `LeftoversFound`."""
    settings = load(request.file)
    deployment = _open(request, settings, observe)
    resources = [r for r in deployment.engine.resources() if r.get("custom")]
    if resources and not confirm(settings.name):
        return False
    remove(deployment, observe)
    return True


def opened_for_checks(request: Request, observe: Observer) -> Deployment:
    """A deployment to look at."""
    return _open(request, load(request.file), observe)


def _opened(request: Request, observe: Observer) -> tuple[Deployment, tuple[Outcome, ...]]:
    settings = load(request.file)
    alone = checking.settings_alone(settings, observe)
    deployment = _open(request, settings, observe)
    return deployment, (*alone, *checking.before(deployment, observe))


def _open(request: Request, settings: Settings, observe: Observer) -> Deployment:
    _refuse_local_state_in_ci(settings, os.environ)
    tools = get_tools(observe, rehearsal=False)
    resolved = get_charts(request.folder, request.bundle, observe, allow_stand_ins=False)
    _write_lock(request.folder / LOCK_NAME, resolved)
    site = local_site(request.folder, tools)
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


def _sweep(settings: Settings) -> Sweep:
    with default_client() as http:
        return sweep(settings, GoogleApi(http))


def _write_lock(file: Path, resolved: Resolved) -> None:
    """Record digests that nobody had recorded yet, so that they are enforced from now on."""
    if resolved.new_digests:
        locks.write(file, locks.read(file).updated(resolved.bundle, resolved.new_digests))


def _refuse_local_state_in_ci(settings: Settings, environ: Mapping[str, str]) -> None:
    if settings.state.kind == "local" and environ.get("CI", "").lower() in ("1", "true"):
        raise Refused(
            "state.kind: a local state would be lost with this CI machine, and the cluster would stay and cost; "
            "run `up` and `down` from a machine that keeps its files (a rehearsal needs no state: "
            "`binder-deploy rehearse`)"
        )
