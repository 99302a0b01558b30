"""Removes a deployment in the order that leaves nothing behind, and proves it."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.cli.flows import records
from binder_deploy.cli.flows.deploy import advice
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, LeftoversFound, Stopped
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.settle import settle
from binder_deploy.cli.flows.summary import changes
from binder_deploy.cli.flows.unstick import make_removable
from binder_deploy.ops import kubeconfig as kubeconfigs
from binder_deploy.ops.reach import answers
from binder_deploy.ops.release_storage import ClusterSilent, await_released
from binder_deploy.settings.choices import our_namespaces
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.names import Names
from binder_deploy.stacks import teardown
from binder_deploy.stacks.errors import EngineError, Interrupted, StateLocked

RELEASE_TIMEOUT_S = 300.0
"""A cloud takes a minute or two to detach and delete a disk; five mean that nobody does it."""


def remove(deployment: Deployment, observe: Observer) -> None:
    """Remove everything. Raises `Stopped`, and `LeftoversFound` when something is left that should not be."""
    records.remove(deployment.settings, deployment.folder, observe, simulated=deployment.simulated)
    try:
        settle(deployment, observe)  # what is not ours stays what it is
        _remove_inside(deployment, observe)
        refused = _remove_rest(deployment, observe)
    except (EngineError, Interrupted, ClusterSilent) as error:
        raise Stopped(error, advice(deployment, "down", error)) from error
    prove(deployment, observe, refused)
    if refused is None:
        deployment.kubeconfig.unlink(missing_ok=True)
    if refused is not None:
        raise Stopped(refused, advice(deployment, "down", refused)) from refused


def prove(deployment: Deployment, observe: Observer, refused: EngineError | None = None) -> None:
    """Search for leftovers. Raises `LeftoversFound` if there are any, or some kind could not be asked.

    `refused` is why the removal ended early. What the state still has is then no leftover: the next `down` removes
    it. A forwarding rule that holds the address is one, and most often the reason.
    """
    with phase(observe, "leftovers", "look for leftovers") as current:
        sweep = deployment.sweep()
        if refused is not None:
            sweep = sweep.without(teardown.known_by(deployment.engine.resources()))
        current.note = f"{len(sweep.found)} left over" if sweep.found else "nothing is left"
        if sweep.found or sweep.unasked:
            raise LeftoversFound(sweep, refused)


def _remove_inside(deployment: Deployment, observe: Observer) -> None:
    """Everything in the cluster, and what its controllers made for it at the cloud."""
    engine, recorded = deployment.engine, deployment.engine.resources()
    theirs = isinstance(deployment.settings.platform, Existing)
    if not theirs:
        restore_kubeconfig(deployment.kubeconfig, teardown.kubeconfig(recorded))
    alive = (theirs or any(map(teardown.is_cluster, recorded))) and answers(deployment.kubeconfig)
    if teardown.inside_cluster(recorded) and not alive:
        if theirs:
            raise _out_of_reach()
        _look_for_cluster(deployment, observe)
    if alive:
        make_removable(deployment, observe)
    with phase(observe, "remove-inside", "remove inside") as current:
        summary = teardown.remove_in_cluster(engine, observe)
        current.note = changes(summary) if summary else "the cluster holds nothing of ours"
    if alive:
        _await_released(deployment, observe)


def _remove_rest(deployment: Deployment, observe: Observer) -> EngineError | None:
    """The cluster and what is around it; the error if something could not be removed."""
    with phase(observe, "unprotect", "unprotect") as current:
        count = teardown.unprotect(deployment.engine)
        current.note = "deletion protection is off" if count else "nothing is protected"
    title = "remove the rest" if isinstance(deployment.settings.platform, Existing) else "remove cluster"
    with phase(observe, "remove", title) as current:
        try:
            current.note = changes(teardown.remove_rest(deployment.engine, observe))
        except StateLocked:
            raise
        except EngineError as error:
            current.note = "not everything could be removed"
            return error
    return None


def _out_of_reach() -> Stopped:
    """Nobody can be asked whether a cluster that is not ours is gone."""
    return Stopped(
        ClusterSilent("the cluster of platform.context does not answer: what is inside it cannot be removed"),
        Advice(
            "Everything is as it was.",
            "see that it runs and can be reached (`kubectl get nodes`), then `binder-deploy down`",
            "if the cluster is gone for good, remove the folder .binder-deploy",
        ),
    )


def restore_kubeconfig(file: Path, text: str | None) -> None:
    """A file that somebody tidied away must not make the cluster look gone."""
    if text and not file.exists():
        kubeconfigs.write(file, text)


def _look_for_cluster(deployment: Deployment, observe: Observer) -> None:
    """The cluster does not answer: gone by other hands, or only out of reach?"""
    with phase(observe, "look", "look for the cluster") as current:
        if teardown.cluster_exists(deployment.engine, observe):
            raise Stopped(
                ClusterSilent("the cluster exists, but does not answer: what is inside it cannot be removed in order"),
                Advice(
                    "Everything is as it was.",
                    "see that this machine may reach the control plane (platform.authorized_networks), then "
                    "`binder-deploy down`",
                    "",
                ),
            )
        count = teardown.forget_inside(deployment.engine)
        current.note = f"it is gone already; the {count} objects inside it are forgotten"


def _await_released(deployment: Deployment, observe: Observer) -> None:
    with phase(observe, "release", "release disks") as current:
        left = await_released(
            deployment.kubeconfig,
            classes=[Names(deployment.settings.name).storage_class],
            namespaces=our_namespaces(deployment.settings),
            timeout_s=RELEASE_TIMEOUT_S,
        )
        current.note = f"{len(left)} still there" if left else "no disk, no load balancer"
        if left:
            names = ", ".join(f"{item.kind} {item.name}" for item in left)
            commands = "; ".join(item.command for item in left)
            raise Stopped(
                ClusterSilent(f"still there after {RELEASE_TIMEOUT_S:.0f} s: {names}"),
                Advice(
                    "The cluster is kept: without it nobody removes them, and they are billed.",
                    f"{commands} (with KUBECONFIG={deployment.kubeconfig}), then `binder-deploy down`",
                    "",
                ),
            )
