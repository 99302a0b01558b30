"""Before the engine goes on: releases that a run left in the middle of something are made ready for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.ops.kubeconfig import write
from binder_deploy.ops.reach import answers
from binder_deploy.ops.stuck_releases import Begun, NotMended, clear, gone, repair
from binder_deploy.settings.existing import Existing
from binder_deploy.stacks.state_lock import held
from binder_deploy.stacks.teardown import forget, kubeconfig

QUIET = timedelta(minutes=20)
"""Where nobody can tell whether another machine is at work: longer than Helm waits for a release to get ready."""
_OURS, _MADE = "binder-deploy:cluster:Release", "kubernetes:helm.sh/v3:Release"


def unstick(deployment: Deployment, observe: Observer) -> None:
    """Before an install or an upgrade: mend Helm's records of releases that this deployment began and nobody works on.

    What cannot be asked is left to the engine, which then says why.
    """
    resources = deployment.engine.resources()
    begun = _abandoned(deployment, resources)
    if begun and not deployment.kubeconfig.exists() and (text := kubeconfig(resources)):
        write(deployment.kubeconfig, text)  # the deployment was made on another machine
    if begun and answers(deployment.kubeconfig):
        _tell(lambda: repair(deployment.kubeconfig, begun, owner=_owner(deployment), quiet=_quiet(deployment)), observe)
        _tell(lambda: _forget_gone(deployment, begun, resources), observe)


def make_removable(deployment: Deployment, observe: Observer) -> None:
    """Before a removal from a cluster that answers: the state forgets what Helm has removed already, and from a cluster
    that stays is taken away what the state knows nothing of. A cluster of ours goes as a whole, and of what the state
    does know, Helm removes also what is half done."""
    resources = deployment.engine.resources()
    begun, owner = _abandoned(deployment, resources), _owner(deployment)
    if begun:
        _tell(lambda: _forget_gone(deployment, begun, resources), observe)
    if begun and owner:
        _tell(lambda: clear(deployment.kubeconfig, begun, owner=owner, quiet=_quiet(deployment)), observe)


def _forget_gone(
    deployment: Deployment, begun: Sequence[Begun], resources: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Helm would refuse to upgrade or to uninstall what it has no record of, and each further run would end there."""
    missing = {f"{release.namespace}/{release.name}" for release in gone(deployment.kubeconfig, begun)}
    if missing:
        forget(deployment.engine, [r["urn"] for r in resources if r["type"] == _MADE and r.get("id") in missing])
    return tuple(f"release {name} is no longer installed: the state forgets it" for name in sorted(missing))


def _abandoned(deployment: Deployment, resources: Sequence[Mapping[str, Any]]) -> tuple[Begun, ...]:
    """Releases that were begun; none as long as another run on this machine is at work: the engine will say whose."""
    return () if at_work_here(deployment) else tuple(begun_releases(resources))


def at_work_here(deployment: Deployment) -> bool:
    """Whether another run on this machine holds the state. Of a shared state only the engine can tell."""
    local = local_folder(deployment)
    return local is not None and any(not lock.dead for lock in held(local))


def local_folder(deployment: Deployment) -> Path | None:
    """The folder of the state, if only this machine works on it."""
    path = deployment.site.environ.get("PULUMI_BACKEND_URL", "").partition("file://")[2]
    return Path(path) if path else None


def _quiet(deployment: Deployment) -> timedelta:
    return timedelta() if local_folder(deployment) else QUIET


def _owner(deployment: Deployment) -> str | None:
    return deployment.settings.name if isinstance(deployment.settings.platform, Existing) else None


def _tell(mend: Callable[[], tuple[str, ...]], observe: Observer) -> None:
    try:
        for line in mend():
            observe(Notice(line))
    except NotMended as error:
        observe(Notice(f"Helm's records could not be looked at, and a release may be stuck: {error}"))


def begun_releases(resources: Sequence[Mapping[str, Any]]) -> Iterator[Begun]:
    """Every release in a state: its component is there before Helm begins, the release itself when Helm is done."""
    made = {str(r.get("id")) for r in resources if r["type"] == _MADE}
    for resource in resources:
        if resource["type"] == _OURS:
            namespace, name = resource["inputs"]["namespace"], resource["inputs"]["release"]
            yield Begun(namespace, name, f"{namespace}/{name}" in made)
