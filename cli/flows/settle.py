"""What a cut left at the cloud unknown to the state: found, and taken in if it is ours, before work goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Failed, Outcome
from binder_deploy.checks.select import select
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, Blocked
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.cli.flows.unstick import at_work_here
from binder_deploy.ops.leftovers.asking import NoCredentials
from binder_deploy.stacks import cut_off
from binder_deploy.stacks.cut_off import Foreign, Settled
from binder_deploy.stacks.errors import EngineError, StateLocked

TAKEN = "BD-ACC-012"
"""The check that says that somebody else has a name of ours."""


def settle(deployment: Deployment, observe: Observer, failed: Sequence[Mapping[str, Any]] = ()) -> Settled:
    """Take in what is ours of the creations that were cut off, or have just failed. What cannot be asked is told, and
    left to the engine. Raises `StateLocked`, and `Blocked` for what has our name and is not ours."""
    engine = deployment.engine
    if not failed and (at_work_here(deployment) or not cut_off.noted(engine.exported())):
        return Settled()
    try:
        settled = cut_off.settle(engine, deployment.settings.name, failed, lambda: deployment.sweep().found)
    except StateLocked:
        raise
    except (EngineError, NoCredentials) as error:
        observe(Notice(f"whether something was made and not recorded could not be found out: {error}"))
        return Settled()
    if settled.adopted:
        observe(Notice(f"made by a run that was cut off, found, and recorded now: {', '.join(settled.adopted)}"))
    if settled.unready:
        observe(Notice(f"the cloud is still making {', '.join(settled.unready)}; run this again in some minutes"))
    return settled


def recheck(deployment: Deployment, observe: Observer) -> None:
    """Before an `up`: what a removal that was cut off had removed already is not taken for there."""
    if at_work_here(deployment):
        return
    try:
        cut_off.recheck(deployment.engine, observe)
    except StateLocked:
        raise
    except EngineError as error:
        observe(Notice(f"whether a removal that was cut off had come to its end could not be found out: {error}"))


def refuse_foreign(settled: Settled, advice: Advice) -> None:
    """Raises `Blocked` if something that is not ours has a name of ours: nothing is ever silently adopted."""
    if settled.foreign:
        (check,) = select(CATALOGUE, only=(TAKEN,))
        raise Blocked([Outcome(check, _taken(settled.foreign), 0.0)], advice)


def _taken(foreign: Sequence[Foreign]) -> Failed:
    things = "; ".join(f"{thing.kind} {thing.id} (wanted for {thing.resource})" for thing in foreign)
    return Failed(
        f"not made by this deployment, but of the same name: {things}",
        "choose another name in binder.yaml, or look at what has it and remove it if nobody needs it",
    )
