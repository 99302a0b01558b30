"""Outcomes as data, for machines: `checks-v1.schema.json` describes what is written here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from binder_deploy.checks.model import Check, Failed, Outcome, Skipped, Warned
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.reports.words import blocking, counts, light, word

SCHEMA = "binder-deploy/checks/v1"
"""Grows by new keys only; anything else is a new version."""


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """JSON-ready data: schema, whether anything blocks, counts by verdict, one entry per check."""
    return {
        "schema": SCHEMA,
        "blocked": bool(blocking(outcomes)),
        "light": light(outcomes).value,
        "summary": counts(outcomes),
        "outcomes": [_entry(o) for o in outcomes],
    }


def report_of(run: Run) -> dict[str, Any]:
    """The same, and what the run was about."""
    about = {
        "deployment": run.deployment,
        "platform": run.platform,
        "at": run.at.isoformat(timespec="seconds"),
        "simulated": run.simulated,
        "versions": dict(run.versions),
    }
    return report(run.outcomes) | {"run": about}


def text(run: Run) -> str:
    """`report_of` as a file."""
    return json.dumps(report_of(run), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The JSON schema of `report` and `report_of`."""
    source = files("binder_deploy.checks.reports") / "checks-v1.schema.json"
    loaded: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return loaded


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
        "verdict": word(verdict),
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
