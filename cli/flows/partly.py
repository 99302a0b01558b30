"""An update of the Binder service alone, for what cannot wait until everything else is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from binder_deploy.cli.flows.deploy import advice
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Refused, Stopped
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.cli.flows.unstick import unstick
from binder_deploy.cli.flows.way_in import NOTHING
from binder_deploy.settings.names import binder_release
from binder_deploy.stacks.errors import EngineError, Interrupted
from binder_deploy.stacks.ledger import TYPE as LEDGER

RELEASE = "kubernetes:helm.sh/v3:Release"


def service_of(deployment: Deployment) -> tuple[str, ...]:
    """URNs of the Binder service's release with its component, and of what the state remembers.

    Raises `Refused` where it is not deployed, or not by these charts: updating it would then be an upgrade.
    """
    resources, name = deployment.engine.resources(), binder_release(deployment.settings)
    release = next((r for r in resources if r["type"] == RELEASE and _inputs(r).get("name") == name), None)
    if release is None:
        raise Refused(NOTHING)
    installed = str((release.get("outputs") or {}).get("version", ""))
    if deployment.charts and installed != deployment.charts.binder_service.version:
        raise Refused(
            f"the service was deployed from other charts ({installed}) than those that this version brings, and this "
            "must not become an upgrade in passing; run `binder-deploy up` first"
        )
    # Its component has the values among its inputs, too: left out, the next `up` would have something to update.
    return (*(r["urn"] for r in resources if r["type"] == LEDGER), release["parent"], release["urn"])


def others_wait(deployment: Deployment, targets: Sequence[str], observe: Observer) -> bool:
    """Whether the service would be changed also without what is about to be asked for. Raises `Stopped`."""
    with phase(observe, "plan", "look at the service") as current:
        try:
            summary = deployment.engine.preview(observe, targets)
        except (EngineError, Interrupted) as error:
            raise Stopped(error, advice(deployment, "plan", error)) from error
        current.note = changes(summary)
    return changed(summary)


def update(
    deployment: Deployment,
    targets: Sequence[str],
    command: str,
    observe: Observer,
    *,
    name: str = "update",
    title: str = "update the service",
) -> None:
    """Carry it out; `command` is what goes on after an error, `name` and `title` are its phase's. Raises `Stopped`."""
    with phase(observe, name, title) as current:
        try:
            unstick(deployment, observe)
            current.note = changes(deployment.engine.up(observe, targets))
        except (EngineError, Interrupted) as error:
            raise Stopped(error, advice(deployment, command, error)) from error


def _inputs(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return resource.get("inputs") or {}
