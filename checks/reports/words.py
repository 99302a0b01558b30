"""How verdicts are called and weighed: one home for every report, the screen's too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from binder_deploy.checks.model import Crashed, Failed, Outcome, Passed, Skipped, Verdict, Warned

VERDICTS = {Passed: "passed", Warned: "warned", Failed: "failed", Crashed: "crashed", Skipped: "skipped"}
"""How a verdict is called, in the order in which they are counted."""


class Light(StrEnum):
    """The traffic light over a whole run."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


def word(verdict: Verdict) -> str:
    """`passed`, `warned`, …"""
    return VERDICTS[type(verdict)]


def blocking(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """What keeps `up` from going on: failures of blocking checks, and blocking checks that crashed (no pass)."""
    return tuple(o for o in outcomes if o.check.blocks and isinstance(o.verdict, Failed | Crashed))


def light(outcomes: Sequence[Outcome]) -> Light:
    """Red: something blocks. Amber: something is to be looked at, or could not be asked. Green: neither.

    Nothing asked, or nothing but what a rehearsal plays, is amber: it shows nothing.
    """
    if blocking(outcomes):
        return Light.RED
    shown = any(isinstance(o.verdict, Passed) for o in outcomes)
    doubtful = any(
        isinstance(o.verdict, Warned | Failed | Crashed)
        or (isinstance(o.verdict, Skipped) and o.verdict.reason == "unknown")
        for o in outcomes
    )
    return Light.AMBER if doubtful or not shown else Light.GREEN


def headline(outcomes: Sequence[Outcome]) -> str:
    """The light in words, for whoever sees no colour."""
    match light(outcomes):
        case Light.RED:
            count = len(blocking(outcomes))
            return f"Blocked by {count} check{'s' if count > 1 else ''}"
        case Light.AMBER:
            return "Nothing blocks, but not all is well or known"
        case Light.GREEN:
            return "All clear"


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Verdict → how many, in the order of `VERDICTS`; those that did not occur are left out."""
    count = Counter(word(o.verdict) for o in outcomes)
    return {name: count[name] for name in VERDICTS.values() if count[name]}
