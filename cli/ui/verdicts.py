"""The verdicts of a run on the screen: a table by phase, and a traffic light in words at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from binder_deploy.checks.model import Failed, Outcome, Passed, Phase, Skipped
from binder_deploy.checks.reports.words import Light, blocking, headline, light
from binder_deploy.cli.flows.summary import tally
from binder_deploy.cli.ui.words import verdict_words

_LIGHTS = {Light.RED: "bold red", Light.AMBER: "bold yellow", Light.GREEN: "bold green"}
_WHY = {
    "unknown": "could not be asked",
    "simulated": "played in a rehearsal, or beyond it: nothing was shown",
    "not applicable": "not applicable here",
}
_QUIET = "bright_black"
FEW = 4
"""So many skipped checks, or reasons, are named; the rest is counted. A report names all."""


def show_outcomes(outcomes: Sequence[Outcome], console: Console) -> None:
    """Every verdict with its remedy; what was skipped, together. The last line says what it all means."""
    for phase in Phase:
        found = [o for o in outcomes if o.check.phase is phase]
        if found:
            console.print(Text(f"\n{phase.value}", style="bold"))
            console.print(Padding(_table(found), (0, 0, 0, 2)))
    console.print()
    line = Text(f"● {headline(outcomes)}", style=_LIGHTS[light(outcomes)])
    line.append(f": {tally(outcomes)}", style="not bold default")
    console.print(line)
    for outcome in blocking(outcomes)[:1]:
        console.print(Text(f"  More about each: binder-deploy check --explain {outcome.check.id}", style=_QUIET))


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for outcome in outcomes:
        if not isinstance(outcome.verdict, Skipped):
            table.add_row(_mark(outcome), outcome.check.id, _told(outcome))
    for reason, why in _WHY.items():
        group = [o for o in outcomes if isinstance(o.verdict, Skipped) and o.verdict.reason == reason]
        if group:
            count = group[0].check.id if len(group) == 1 else f"{len(group)} checks"
            table.add_row(_mark(group[0]), Text(count, style=_QUIET), _skipped(group, reason, why))
    return table


def _mark(outcome: Outcome) -> Text:
    glyph, colour, word = verdict_words(outcome)
    return Text(f"{glyph} {word}", style=colour)


def _told(outcome: Outcome) -> Text:
    verdict = outcome.verdict
    text = Text(outcome.check.title)
    if isinstance(verdict, Passed):
        return text.append(f"  {verdict.message}", style=_QUIET) if verdict.message else text
    if isinstance(verdict, Failed) and not outcome.check.blocks:
        text.append("  (blocks nothing)", style=_QUIET)
    text.append(f"\n{verdict.message}")
    if getattr(verdict, "ignored", False):
        text.append("\nIt failed; the settings or a flag said to go on.", style=_QUIET)
    if remedy := getattr(verdict, "remedy", ""):
        text.append("\nFix: ", style="bold").append(remedy, style="not bold")
    return text


def _skipped(group: Sequence[Outcome], reason: str, why: str) -> Text:
    if reason != "unknown":
        if len(group) == 1:
            return Text(f"{group[0].check.title}\n{group[0].verdict.message}", style=_QUIET)
        return Text(f"{why}: {_some([o.check.id for o in group])}", style=_QUIET)
    facts = [o.verdict.message.partition(": ")[2] for o in group]
    text = Text(f"{why}: {_some(list(dict.fromkeys(facts)))}", style=_QUIET)
    reasons = dict.fromkeys(
        o.verdict.detail for o in group if not o.verdict.detail.endswith("nothing was given to ask")
    )
    for line in _first(list(reasons)):
        text.append(f"\n{line}", style=_QUIET)
    return text


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:FEW])
    return f"{shown} and {len(names) - FEW} more" if len(names) > FEW else shown


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:FEW]
    if len(lines) > FEW:
        yield f"and {len(lines) - FEW} more reasons"
