"""How events read: one home for glyphs, colours and phrases, shared by the live and the plain screen."""

from __future__ import annotations

from binder_deploy.checks.model import Crashed, Failed, Outcome, Passed, Skipped, Warned
from binder_deploy.checks.reports.words import word

GLYPHS = {"done": ("✓", "green"), "failed": ("✗", "red"), "interrupted": ("■", "yellow")}

_VERDICTS = {
    Passed: ("✓", "green"),
    Warned: ("!", "yellow"),
    Failed: ("✗", "red"),
    Skipped: ("·", "bright_black"),
    Crashed: ("☠", "magenta"),
}

_VERBS = {
    "create": "creating",
    "update": "updating",
    "replace": "replacing",
    "delete": "removing",
    "read": "reading",
    "same": "keeping",
}


def verdict_words(outcome: Outcome) -> tuple[str, str, str]:
    """Glyph, colour and word of a verdict."""
    glyph, colour = _VERDICTS[type(outcome.verdict)]
    return glyph, colour, word(outcome.verdict)


def verb(change: str) -> str:
    """What is being done to a resource."""
    return _VERBS.get(change, change)


def short_type(token: str) -> str:
    """`gcp:container/cluster:Cluster` → `gcp Cluster`; `kubernetes:core/v1:Service` → `kubernetes Service`."""
    package, _, rest = token.partition(":")
    return f"{package} {rest.rsplit(':', 1)[-1]}" if package != "binder-deploy" else rest.rsplit(":", 1)[-1]
