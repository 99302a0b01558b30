"""Removes a deployment in the order that leaves nothing behind, and proves it."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.cli.flows.deploy import advice
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, LeftoversFound, Stopped
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.summary import changes
from binder_deploy.ops.reach import answers
from binder_deploy.ops.release_storage import ClusterSilent, await_released
from binder_deploy.settings.names import Names
from binder_deploy.stacks import teardown
from binder_deploy.stacks.engine import EngineError, Interrupted

RELEASE_TIMEOUT_S = 300.0
"""A cloud takes a minute or two to detach and delete a disk; five mean that nobody does it."""


def remove(deployment: Deployment, observe: Observer) -> None:
    """Remove everything. Raises `Stopped`, and `LeftoversFound` when something is left that should not be."""
    engine = deployment.engine
    try:
        recorded = engine.resources()
        _restore_kubeconfig(deployment.kubeconfig, teardown.kubeconfig(recorded))
        if teardown.inside_cluster(recorded) and not answers(deployment.kubeconfig):
            _look_for_cluster(deployment, observe)
        with phase(observe, "unprotect", "unprotect") as current:
            summary = teardown.unprotect(engine, observe)
            current.note = "deletion protection is off" if summary else "nothing is protected"
        with phase(observe, "remove-inside", "remove inside") as current:
            summary = teardown.remove_in_cluster(engine, observe)
            current.note = changes(summary) if summary else "the cluster holds nothing of ours"
        if summary and deployment.kubeconfig.exists():
            _await_released(deployment, observe)
        with phase(observe, "remove", "remove cluster") as current:
            current.note = changes(teardown.remove_rest(engine, observe))
    except EngineError as error:
        # A refusal here often has its reason in something that the state does not know: a forwarding rule that
        # holds the address, a disk. The search finds it, with the command that removes it.
        if not teardown.inside_cluster(engine.resources()):
            prove(deployment, observe)
        raise Stopped(error, advice(deployment, "down", error)) from error
    except Interrupted as error:
        raise Stopped(error, advice(deployment, "down", error)) from error
    deployment.kubeconfig.unlink(missing_ok=True)
    prove(deployment, observe)


def prove(deployment: Deployment, observe: Observer) -> None:
    """Search for leftovers. Raises `LeftoversFound` if there are any, or some kind could not be asked."""
    with phase(observe, "leftovers", "look for leftovers") as current:
        sweep = deployment.sweep()
        current.note = f"{len(sweep.found)} left over" if sweep.found else "nothing is left"
        if sweep.found or sweep.unasked:
            raise LeftoversFound(sweep)


def _restore_kubeconfig(file: Path, text: str | None) -> None:
    """A file that somebody tidied away must not make the cluster look gone."""
    if text and not file.exists():
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")


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
            timeout_s=RELEASE_TIMEOUT_S,
        )
        current.note = f"{len(left)} still there" if left else "no disk, no load balancer"
