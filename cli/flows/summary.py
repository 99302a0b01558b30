"""Results in a few words: notes of phases, the same on every screen."""

from __future__ import annotations

from collections.abc import Sequence

from binder_deploy.checks.model import Outcome
from binder_deploy.checks.reports.words import counts
from binder_deploy.stacks.events import Summary

_PAST = {"create": "created", "update": "updated", "replace": "replaced", "delete": "removed"}


def changes(summary: Summary) -> str:
    """`41 created, 2 updated`."""
    parts = [f"{summary.changes[op]} {word}" for op, word in _PAST.items() if summary.changes.get(op)]
    return ", ".join(parts) or "nothing to change"


def changed(summary: Summary) -> bool:
    """Whether an operation changed, or would change, anything."""
    return any(summary.changes.get(op) for op in _PAST)


def tally(outcomes: Sequence[Outcome]) -> str:
    """`12 passed, 1 warned, 5 skipped`."""
    return ", ".join(f"{count} {word}" for word, count in counts(outcomes).items()) or "none"
