"""The live screen: finished phases as lines, the running one with a row for each thing that is being done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from binder_deploy.checks.model import Crashed, Failed, Outcome, Warned
from binder_deploy.cli.flows.cost import Costs
from binder_deploy.cli.flows.events import Notice, PhaseEnded, PhaseStarted
from binder_deploy.cli.flows.told import Told
from binder_deploy.cli.ui.console import seconds
from binder_deploy.cli.ui.cost import show_cost
from binder_deploy.cli.ui.progress import progress_line
from binder_deploy.cli.ui.upgrade import told_lines
from binder_deploy.cli.ui.words import GLYPHS, short_type, verb, verdict_words
from binder_deploy.stacks.events import Diagnostic, ResourceStep, Status
from binder_deploy.tools.report import Progress

ROWS = 12
"""Rows of the running phase at the most: the oldest are the ones that one waits for."""


@dataclass
class _Running:
    """The phase that runs now."""

    title: str
    since: float = field(default_factory=time.monotonic)
    active: dict[str, ResourceStep] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    finished: int = 0
    progress: Progress | None = None


class LiveScreen:
    """An observer with a screen; use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: _Running | None = None
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=5, transient=True, redirect_stderr=False
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, _t: type[BaseException] | None, _v: BaseException | None, _tb: TracebackType | None) -> None:
        self._live.stop()

    def ask(self, question: Callable[[], bool]) -> bool:
        """Ask a person, with the live rows out of the way."""
        self._live.stop()
        try:
            return question()
        finally:
            self._live.start()

    def __call__(self, event: object) -> None:
        match event:
            case PhaseStarted():
                self._running = _Running(event.title)
            case PhaseEnded():
                self._running = None
                self._console.print(phase_line(event))
            case Notice():
                self._console.print(Text(f"! {event.text}", style="yellow"))
            case ResourceStep():
                self._step(event)
            case Status() if self._running:
                self._running.status[event.urn] = event.text
            case Diagnostic(severity="warning" | "error"):
                self._console.print(Text(f"  {event.text}", style="red" if event.severity == "error" else "yellow"))
            case Outcome(verdict=Failed() | Crashed() | Warned()):
                self._console.print(outcome_line(event))
            case Costs():
                show_cost(event, self._console)
            case Told():
                self._console.print(Text("\n".join(told_lines(event))), soft_wrap=True)
            case Progress() if self._running:
                self._running.progress = event

    def _step(self, event: ResourceStep) -> None:
        running = self._running
        if not running or event.type.startswith("binder-deploy:"):
            return
        if event.state == "started" and event.change != "same":
            running.active[event.urn] = event
        elif running.active.pop(event.urn, None):
            running.finished += 1
            running.status.pop(event.urn, None)

    def _render(self) -> RenderableType:
        running = self._running
        if not running:
            return Text("")
        now = time.monotonic()
        head = Table.grid(padding=(0, 1))
        done = f"  {running.finished} done" if running.finished else ""
        head.add_row(Spinner("dots"), Text(running.title, style="bold"), Text(f"{seconds(now - running.since)}{done}"))
        rows: list[RenderableType] = [head]
        if running.progress:
            rows.append(
                Text(f"    {progress_line(running.progress)}", style="bright_black", no_wrap=True, overflow="ellipsis")
            )
        steps = list(running.active.values())
        for step in steps[:ROWS]:
            text = f"    {verb(step.change):<9} {short_type(step.type)} {step.name}  {seconds(now - step.at)}"
            waiting = running.status.get(step.urn, "")
            line = Text(text, no_wrap=True, overflow="ellipsis")
            line.append(f"  {waiting.splitlines()[0]}" if waiting else "", style="bright_black")
            rows.append(line)
        if len(steps) > ROWS:
            rows.append(Text(f"    and {len(steps) - ROWS} more", style="bright_black"))
        return Group(*rows)


def phase_line(event: PhaseEnded) -> Text:
    """`✓ deploy            41.3 s  60 created`."""
    glyph, colour = GLYPHS[event.result]
    line = Text(f"{glyph} ", style=colour)
    line.append(f"{event.title:<22}", style="bold")
    line.append(f"{seconds(event.seconds):>13}  ", style="cyan")
    line.append(event.note)
    return line


def outcome_line(outcome: Outcome) -> Text:
    """`✗ BD-STORAGE-001  every volume claim names a class that exists: …`."""
    glyph, colour, _ = verdict_words(outcome)
    line = Text(f"  {glyph} ", style=colour)
    line.append(f"{outcome.check.id}  ", style="bold")
    line.append(outcome.verdict.message or outcome.check.title)
    return line
