"""Outcomes as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from binder_deploy.checks.explain import page
from binder_deploy.checks.model import Check, Failed, Outcome, Skipped
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.reports.words import counts, headline, light, word

_LABELS = {"passed": "Passed", "warned": "Warning", "failed": "Failed", "crashed": "Crashed", "skipped": "Skipped"}
_REASONS = {"simulated": "Played", "unknown": "Unknown", "not applicable": "Not needed"}
"""Skipped checks by why: the three mean very different things."""


def text(run: Run) -> str:
    """The page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = (files("binder_deploy.checks.reports") / "page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        run=run,
        light=light(run.outcomes).value,
        headline=headline(run.outcomes),
        counts=counts(run.outcomes),
        label=label,
        tone=tone,
        urgent=[o for o in run.outcomes if tone(o) in ("bad", "poor")],
        explanation=explanation,
    )


def label(outcome: Outcome) -> str:
    """The verdict in a word."""
    verdict = outcome.verdict
    if isinstance(verdict, Skipped):
        return _REASONS[verdict.reason]
    return _LABELS[word(verdict)]


def tone(outcome: Outcome) -> str:
    """How urgent it is: `bad`, `poor`, `good` or `quiet`."""
    verdict = outcome.verdict
    if isinstance(verdict, Skipped):
        return "quiet"
    if isinstance(verdict, Failed) and not outcome.check.blocks:
        return "poor"
    return {"passed": "good", "warned": "poor"}.get(word(verdict), "bad")


def explanation(check: Check) -> Markup:
    """The check's page as HTML, without its title. The pages are ours; raw HTML in them would be shown as text."""
    body = page(check).partition("\n")[2]
    return Markup(MarkdownIt("commonmark", {"html": False}).render(body))  # noqa: S704
