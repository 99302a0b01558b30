"""Results in a few words: notes of phases, the same on every screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from binder_deploy.checks.model import Crashed, Failed, Outcome, Passed, Skipped, Warned
from binder_deploy.stacks.events import Summary

_PAST = {"create": "created", "update": "updated", "replace": "replaced", "delete": "removed"}

VERDICT_WORDS = {Passed: "passed", Warned: "warned", Failed: "failed", Crashed: "crashed", Skipped: "skipped"}
"""How a verdict is called, in the order in which they are counted."""


def changes(summary: Summary) -> str:
    """`41 created, 2 updated`."""
    parts = [f"{summary.changes[op]} {word}" for op, word in _PAST.items() if summary.changes.get(op)]
    return ", ".join(parts) or "nothing to change"


def changed(summary: Summary) -> bool:
    """Whether an operation changed, or would change, anything."""
    return any(summary.changes.get(op) for op in _PAST)


def tally(outcomes: Sequence[Outcome]) -> str:
    """`12 passed, 1 warned, 5 skipped`."""
    count = Counter(VERDICT_WORDS[type(o.verdict)] for o in outcomes)
    return ", ".join(f"{count[word]} {word}" for word in VERDICT_WORDS.values() if count[word]) or "none"
