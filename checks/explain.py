"""The page of a check: symptom, cause, how it is detected, the fix."""

from __future__ import annotations

from importlib.resources import files

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Check
from binder_deploy.checks.select import select


def explain(check_id: str) -> str:
    """The check's page as Markdown. Raises `UnknownCheck`."""
    (check,) = select(CATALOGUE, only=(check_id,))
    return page(check)


def page(check: Check) -> str:
    """The page of a check that is at hand."""
    return (files("binder_deploy.checks") / "pages" / f"{check.docs}.md").read_text(encoding="utf-8")


def index() -> str:
    """The table of all checks as Markdown: the text of `docs/checks/index.md`."""
    rows = [
        f"| [{c.id}](../../checks/pages/{c.docs}.md) | {c.title} | {c.phase.value} | "
        f"{'blocks' if c.blocks else 'warns'}{', ends a wait' if c.stops_waiting else ''} |"
        for c in CATALOGUE
    ]
    return "\n".join(
        [
            "# Checks",
            "",
            "Each has a page, which `binder-deploy check --explain ID` shows, too. `checks.ignore` in `binder.yaml`",
            "turns a failure into a warning that is still shown. In a rehearsal, a check that rests on something",
            "played is skipped, never passed.",
            "",
            "| id | holds when it passes | phase | a failure |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
