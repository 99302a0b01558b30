"""Plain lines, for logs and screen readers: one event, one line, each with the time since the start."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from types import TracebackType
from typing import Self, TextIO

from binder_deploy.checks.model import Crashed, Failed, Outcome, Warned
from binder_deploy.cli.flows.cost import Costs
from binder_deploy.cli.flows.events import Notice, PhaseEnded, PhaseStarted
from binder_deploy.cli.flows.told import Told
from binder_deploy.cli.ui.console import seconds
from binder_deploy.cli.ui.cost import cost_lines
from binder_deploy.cli.ui.look import Verbosity
from binder_deploy.cli.ui.progress import progress_line
from binder_deploy.cli.ui.upgrade import told_lines
from binder_deploy.cli.ui.words import short_type, verb, verdict_words
from binder_deploy.stacks.events import Diagnostic, ResourceStep
from binder_deploy.tools.report import Progress

PROGRESS_EVERY_S = 15.0
"""A long build says something so often, lest a CI job be taken for dead."""


class PlainScreen:
    """An observer that writes lines, to standard error or elsewhere; use as a context manager."""

    def __init__(self, out: TextIO | None = None, verbosity: Verbosity = Verbosity.NORMAL) -> None:
        self._out = out
        self._verbosity = verbosity
        self._started = time.monotonic()
        self._told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _t: type[BaseException] | None, _v: BaseException | None, _tb: TracebackType | None) -> None:
        (self._out or sys.stderr).flush()

    def ask(self, question: Callable[[], bool]) -> bool:
        """Ask a person."""
        return question()

    def __call__(self, event: object) -> None:
        line = "" if self._verbosity is Verbosity.QUIET and not _must_be_read(event) else self._words(event)
        if line:
            out = self._out or sys.stderr
            out.write(f"{seconds(time.monotonic() - self._started):>12}  {line}\n")
            out.flush()

    def _words(self, event: object) -> str:
        match event:
            case PhaseStarted():
                return f"{event.title} …"
            case PhaseEnded():
                return f"{event.title}: {event.result} in {seconds(event.seconds)}. {event.note}".rstrip()
            case Notice():
                return f"note: {event.text}"
            case ResourceStep(state="started") if event.change != "same" and not event.type.startswith(
                "binder-deploy:"
            ):
                return f"  {verb(event.change)} {short_type(event.type)} {event.name}"
            case ResourceStep(state="failed"):
                return f"  failed: {short_type(event.type)} {event.name}"
            case Diagnostic(severity="warning" | "error"):
                return f"  {event.severity}: {event.text}"
            case Outcome(verdict=Failed() | Crashed() | Warned()):
                return f"  {verdict_words(event)[2]}: {event.check.id} {event.verdict.message}"
            case Outcome() if self._verbosity is Verbosity.VERBOSE:
                return f"  {verdict_words(event)[2]}: {event.check.id} {event.verdict.message}".rstrip()
            case Diagnostic() if self._verbosity is Verbosity.VERBOSE:
                return f"  {event.severity}: {event.text}"
            case Costs():
                return "\n".join(cost_lines(event, date.today()))
            case Told():
                return "\n".join(told_lines(event))
            case Progress() if time.monotonic() - self._told > PROGRESS_EVERY_S:
                self._told = time.monotonic()
                return f"  {progress_line(event)}"
        return ""


def _must_be_read(event: object) -> bool:
    match event:
        case Notice() | ResourceStep(state="failed") | Diagnostic(severity="error"):
            return True
        case Outcome(verdict=Failed() | Crashed()):
            return True
        case PhaseEnded(result="failed" | "interrupted"):
            return True
    return False
