"""Outcomes as data, for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from binder_deploy.checks.model import Check, Crashed, Failed, Outcome, Skipped, Verdict, Warned

SCHEMA = "binder-deploy/checks/v1"
"""Grows by new keys only; anything else is a new version."""


def blocking(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """What keeps `up` from going on: failures of blocking checks, and blocking checks that crashed (no pass)."""
    return tuple(o for o in outcomes if o.check.blocks and isinstance(o.verdict, Failed | Crashed))


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The report as JSON-ready data: schema, whether anything blocks, counts by verdict, one entry per check."""
    return {
        "schema": SCHEMA,
        "blocked": bool(blocking(outcomes)),
        "summary": dict(Counter(_word(o.verdict) for o in outcomes)),
        "outcomes": [_entry(o) for o in outcomes],
    }


def describe(check: Check) -> dict[str, Any]:
    """A check without a verdict, as `--list --json` shows it."""
    return {
        "id": check.id,
        "title": check.title,
        "phase": check.phase.value,
        "blocks": check.blocks,
        "docs": check.docs,
    }


def _entry(outcome: Outcome) -> dict[str, Any]:
    verdict = outcome.verdict
    entry = describe(outcome.check) | {
        "verdict": _word(verdict),
        "message": verdict.message,
        "detail": verdict.detail,
        "seconds": round(outcome.elapsed, 3),
    }
    if isinstance(verdict, Failed | Warned):
        entry["remedy"] = verdict.remedy
    if isinstance(verdict, Warned):
        entry["ignored"] = verdict.ignored
    if isinstance(verdict, Skipped):
        entry["reason"] = verdict.reason
    return entry


def _word(verdict: Verdict) -> str:
    return type(verdict).__name__.lower()
