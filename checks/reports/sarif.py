"""Outcomes as SARIF 2.1.0, for code scanning: what is wrong, at the line of the setting that mends it.

Only what asks for attention becomes a result, since readers show each one as an alert: what passed, does not apply
or is played in a rehearsal is counted in the run's properties.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from binder_deploy.checks.explain import page
from binder_deploy.checks.model import Check, Crashed, Failed, Outcome, Skipped, Warned
from binder_deploy.checks.reports.locate import line, lines
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.reports.words import counts

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def text(run: Run) -> str:
    """The file."""
    return json.dumps(log(run), indent=2, ensure_ascii=False) + "\n"


def log(run: Run) -> dict[str, Any]:
    """The SARIF log as JSON-ready data."""
    checks = list(dict.fromkeys(o.check for o in run.outcomes))
    known = lines(run.settings_text)
    driver = {
        "name": "binder-deploy",
        "version": run.versions.get("binder-deploy", "0"),
        "rules": [_rule(check) for check in checks],
    }
    results = [
        _result(o, checks.index(o.check), level, run.settings_file, line(o, known))
        for o in run.outcomes
        if (level := _level(o))
    ]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"binder-deploy/checks/{run.deployment}/"},
                "invocations": [
                    {"executionSuccessful": True, "endTimeUtc": run.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")},
                ],
                "results": results,
                "properties": {"simulated": run.simulated, "summary": counts(run.outcomes)},
            }
        ],
    }


def _rule(check: Check) -> dict[str, Any]:
    markdown = page(check)
    return {
        "id": check.id,
        "shortDescription": {"text": check.title},
        "help": {"text": markdown, "markdown": markdown},
        "defaultConfiguration": {"level": "error" if check.blocks else "warning"},
        "properties": {"tags": [check.phase.value]},
    }


def _level(outcome: Outcome) -> str:
    """`error` blocks, `warning` does not, `note` could not be asked; empty for what needs no attention."""
    match outcome.verdict:
        case Failed() | Crashed():
            return "error" if outcome.check.blocks else "warning"
        case Warned():
            return "warning"
        case Skipped(reason="unknown"):
            return "note"
    return ""


def _result(outcome: Outcome, index: int, level: str, file: str, at: int | None) -> dict[str, Any]:
    verdict = outcome.verdict
    told = [f"{outcome.check.title}: {verdict.message}", getattr(verdict, "remedy", ""), verdict.detail]
    result: dict[str, Any] = {
        "ruleId": outcome.check.id,
        "ruleIndex": index,
        "level": level,
        "message": {"text": "\n\n".join(part for part in told if part)},
        # Readers want a line; what no setting mends is told at the first.
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": at or 1}}},
        ],
        # One alert for each check, wherever the setting moves to.
        "partialFingerprints": {"checkId/v1": outcome.check.id},
    }
    if isinstance(verdict, Warned) and verdict.ignored:
        result["suppressions"] = [{"kind": "external", "justification": "ignored by checks.ignore or --ignore"}]
    return result
