"""One operation of the engine: what is kept of its events, its refusals as our errors, and how it is stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from pulumi import automation as auto

from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.events import Diagnostic, Event, Observer, ResourceStep, Summary, creation, translate


@dataclass
class Record:
    """What is kept of a run's events to explain its end."""

    observe: Observer
    problems: list[Diagnostic] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    creations: list[Mapping[str, Any]] = field(default_factory=list)
    summary: Summary = field(default_factory=lambda: Summary({}, 0.0))
    crash: Exception | None = None
    """An observer that raised: the engine would only warn, so it is raised after the operation."""

    def __call__(self, engine_event: auto.EngineEvent) -> None:
        try:
            if engine_event.res_op_failed_event:
                self.creations.extend(creation(engine_event.res_op_failed_event.metadata))
            self._note(translate(engine_event))
        except Exception as error:
            self.crash = self.crash or error

    def _note(self, event: Event | None) -> None:
        match event:
            case None:
                return
            case Diagnostic(severity="error"):
                self.problems.append(event)
            case ResourceStep(state="failed"):
                self.failed.append(event.urn)
            case Summary():
                self.summary = event
        self.observe(event)


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """The engine's refusals (a wrong passphrase, a damaged state) as our error."""
    try:
        yield
    except auto.CommandError as error:
        said = str(error).partition("stderr:")[2].strip() or str(error)
        raise EngineError(operation, [], [], explained(said)) from None


def explained(said: str) -> str:
    """What the engine said, with where to look further."""
    if "incorrect passphrase" in said:
        return f"the passphrase is not this state's; `binder-deploy state show` says where it comes from ({said})"
    return said


@contextmanager
def graceful(stop: Callable[[], None]) -> Iterator[None]:
    """While the engine runs, an interrupt asks it to stop instead of raising here.

    Raising would leave the engine behind as an orphan that goes on changing things. A terminal's Ctrl-C does not
    reach it directly: see `launcher`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
