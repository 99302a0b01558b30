"""Creates or updates a deployment and waits with open eyes: while the engine waits for pods, the checks that
can tell that waiting is in vain look at the cluster, and end it with the reason."""

from __future__ import annotations

from contextlib import nullcontext

from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, Blocked, Stopped
from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.settle import recheck, refuse_foreign, settle
from binder_deploy.cli.flows.unstick import local_folder, unstick
from binder_deploy.cli.flows.watch import Watch
from binder_deploy.ops.reach import answers
from binder_deploy.settings.surroundings import KEY
from binder_deploy.stacks.errors import EngineError, Interrupted, StateLocked
from binder_deploy.stacks.events import Summary, name_of
from binder_deploy.stacks.ledger import recall
from binder_deploy.stacks.physical import REPEATABLE
from binder_deploy.stacks.teardown import is_cluster
from binder_deploy.stacks.torn import is_torn


def deploy(deployment: Deployment, observe: Observer, *, watched: bool = True) -> Summary:
    """Carry out what is missing. Raises `Blocked` when a check ended the wait, else `Stopped`.

    `watched`: False where the cluster shows what is wrong with the very thing that is being replaced.
    """
    if deployment.there:
        deployment.engine.configure(KEY, deployment.there.found.text())
    settled = settle(deployment, observe)
    refuse_foreign(settled, advice(deployment, "up", Blocked(())))
    recheck(deployment, observe)
    recall(deployment.engine)  # while a person thought about the plan, somebody else may have been first
    unstick(deployment, observe)
    repeated: set[str] = set()
    with checking.watch(deployment, deployment.engine.stop) if watched else nullcontext(Watch()) as watch:
        while True:
            try:
                return deployment.engine.up(observe)
            except (EngineError, Interrupted) as error:
                if watch.hopeless:
                    raise Blocked(watch.hopeless, advice(deployment, "up", error)) from error
                if not _taken_in(deployment, observe, error, repeated):
                    raise Stopped(error, advice(deployment, "up", error)) from error


def _taken_in(deployment: Deployment, observe: Observer, error: EngineError | Interrupted, repeated: set[str]) -> bool:
    """Whether there is nothing in the way of going on: all that failed had been made all the same, or can be asked for
    a second time. Raises `Blocked` where somebody else's thing is.

    `repeated`: URNs of what was asked for a second time already; added to.
    """
    creations = getattr(error, "creations", ())
    if not creations:
        return False
    settled = settle(deployment, observe, creations)
    refuse_foreign(settled, advice(deployment, "up", error))
    if not isinstance(error, EngineError):
        return False
    again = {str(c["urn"]) for c in creations if c["type"] in REPEATABLE} - repeated
    repeated |= again
    return all(urn in again or name_of(urn) in settled.adopted for urn in error.failed)


def advice(deployment: Deployment, command: str, error: Exception) -> Advice:
    """What exists after an operation that ended early, and the commands that go on or clean up."""
    if deployment.simulated:
        return Advice("Nothing of it exists outside this machine; it is removed now.", "", "")
    try:
        resources = deployment.engine.resources()
    except EngineError:  # the state cannot be read: the first error says why
        if (local := local_folder(deployment)) and is_torn(local, deployment.settings.name):
            again = f"make room on the disk, then `binder-deploy {command}` puts it together again and goes on"
            return Advice("The state was cut short while it was written: the disk is full.", again, "")
        return Advice("What exists cannot be told: the state cannot be read.", f"`binder-deploy {command}`", "")
    count = sum(1 for r in resources if r.get("custom") and not str(r["type"]).startswith("pulumi:"))
    exists = f"{count} resources exist and are recorded in the state."
    if any(map(is_cluster, resources)):
        exists += " The cluster is one of them: it and its nodes are billed until they are removed."
    if isinstance(error, StateLocked):
        return Advice(exists, f"wait for the other run to end, then `binder-deploy {command}`", "")
    if command == "up" and any(map(is_cluster, resources)) and not answers(deployment.kubeconfig):
        exists += " The cluster does not answer: it is out of this machine's reach, or somebody deleted it."
        return Advice(
            exists,
            "see in the cloud's console whether it is there; if so, `binder-deploy up` goes on once it answers",
            "if it is gone for good, `binder-deploy down` removes the rest, then `binder-deploy up` makes a new one",
        )
    return Advice(exists, f"`binder-deploy {command}` goes on from here", "`binder-deploy down` removes it all")
