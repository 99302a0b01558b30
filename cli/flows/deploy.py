"""Creates or updates a deployment and waits with open eyes: while the engine waits for pods, the checks that
can tell that waiting is in vain look at the cluster, and end it with the reason."""

from __future__ import annotations

from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, Blocked, Stopped
from binder_deploy.cli.flows.events import Observer
from binder_deploy.settings.surroundings import KEY
from binder_deploy.stacks.engine import EngineError, Interrupted, StateLocked
from binder_deploy.stacks.events import Summary
from binder_deploy.stacks.ledger import recall
from binder_deploy.stacks.teardown import is_cluster


def deploy(deployment: Deployment, observe: Observer) -> Summary:
    """Carry out what is missing. Raises `Blocked` when a check ended the wait, else `Stopped`."""
    if deployment.there:
        deployment.engine.configure(KEY, deployment.there.found.text())
    recall(deployment.engine)  # while a person thought about the plan, somebody else may have been first
    with checking.watch(deployment, deployment.engine.stop) as watch:
        try:
            return deployment.engine.up(observe)
        except (EngineError, Interrupted) as error:
            if watch.hopeless:
                raise Blocked(watch.hopeless, advice(deployment, "up", error)) from error
            raise Stopped(error, advice(deployment, "up", error)) from error


def advice(deployment: Deployment, command: str, error: Exception) -> Advice:
    """What exists after an operation that ended early, and the commands that go on or clean up."""
    if deployment.simulated:
        return Advice("Nothing of it exists outside this machine; it is removed now.", "", "")
    try:
        resources = deployment.engine.resources()
    except EngineError:  # the state cannot be read: the first error says why
        return Advice("What exists cannot be told: the state cannot be read.", f"`binder-deploy {command}`", "")
    count = sum(1 for r in resources if r.get("custom") and not str(r["type"]).startswith("pulumi:"))
    exists = f"{count} resources exist and are recorded in the state."
    if any(map(is_cluster, resources)):
        exists += " The cluster is one of them: it and its nodes are billed until they are removed."
    if isinstance(error, StateLocked):
        return Advice(exists, f"wait for the other run to end, then `binder-deploy {command}`", "")
    return Advice(exists, f"`binder-deploy {command}` goes on from here", "`binder-deploy down` removes it all")
