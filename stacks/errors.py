"""How an operation of the engine may end other than well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from binder_deploy.stacks.events import Diagnostic
from binder_deploy.stacks.state_lock import Held


class EngineError(Exception):
    """The engine ended an operation with an error; `problems` are its own words, `failed` the URNs."""

    def __init__(
        self,
        operation: str,
        problems: Sequence[Diagnostic],
        failed: Sequence[str],
        log: str,
        creations: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`creations`: what was to be made and was not, or so its provider says, as entries of the state."""
        self.operation, self.problems, self.failed, self.log = operation, tuple(problems), tuple(failed), log
        self.creations = tuple(creations)
        super().__init__(problems[0].text if problems else log.strip()[-2000:] or f"{operation} failed")


class StateLocked(EngineError):
    """Another operation holds the state."""


class Interrupted(Exception):
    """The operation was asked to stop and did, with its state written."""


def locked_by(operation: str, holders: Sequence[Held]) -> StateLocked:
    """The error that says who holds the state."""
    who = "; ".join(map(str, holders)) or "it does not say who"
    remedy = "; if that run is dead, `binder-deploy state unlock` frees it" if any(h.far for h in holders) else ""
    return StateLocked(operation, [], [], f"another run holds the state: {who}{remedy}")
