"""How a flow ends other than well. What each means for the exit code stands in `cli/exits.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from binder_deploy.checks.model import Outcome
from binder_deploy.settings.leftovers import Sweep


class Refused(Exception):
    """The command cannot be carried out as it was given; the message says what to write instead."""


@dataclass(frozen=True)
class Advice:
    """What an operator can do after a failure: the command that goes on and the one that cleans up."""

    exists: str
    go_on: str
    clean_up: str


class Blocked(Exception):
    """Checks failed that must pass first."""

    def __init__(self, outcomes: Sequence[Outcome], advice: Advice | None = None) -> None:
        """`advice`: what exists, when the checks failed after something had been made."""
        self.outcomes, self.advice = tuple(outcomes), advice
        super().__init__(", ".join(o.check.id for o in self.outcomes))


class LeftoversFound(Exception):
    """Removed, but something still exists or could not be asked."""

    def __init__(self, sweep: Sweep, refused: Exception | None = None) -> None:
        """`refused`: why the removal itself ended early, if it did."""
        self.sweep, self.refused = sweep, refused
        super().__init__(f"{len(sweep.found)} left over, {len(sweep.unasked)} could not be asked")


class Stopped(Exception):
    """The operation failed or was interrupted halfway; `advice` says what exists and what to run."""

    def __init__(self, cause: Exception, advice: Advice) -> None:
        self.cause, self.advice = cause, advice
        super().__init__(str(cause))


class NotSteady(Exception):
    """A second `up` changed something although nothing had changed: our bug, or a chart's."""

    def __init__(self, changes: str) -> None:
        super().__init__(
            f"deploying the same again was not without effect: {changes}. Every later `up` would do it again; "
            "a chart that makes up values each time it is rendered is the usual cause"
        )
