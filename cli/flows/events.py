"""What a flow tells while it runs. Observers render it: a live screen, plain lines, JSON.

Besides the events here an observer gets those of the rooms below, unchanged: the engine's (`stacks.events`),
the tools' (`tools.acquire.Progress`) and verdicts (`checks.model.Outcome`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

PhaseResult = Literal["done", "failed", "interrupted"]


@dataclass(frozen=True)
class PhaseStarted:
    """A part of the work begins."""

    name: str
    """Stable, for machines: `up`."""
    title: str
    """For people: `deploy`."""


@dataclass(frozen=True)
class PhaseEnded:
    """A part of the work is over."""

    name: str
    title: str
    result: PhaseResult
    seconds: float
    note: str
    """What came of it, in a few words: `41 created`."""


@dataclass(frozen=True)
class Notice:
    """Something that must be read, whatever the verbosity."""

    text: str


Observer = Callable[[object], None]


class Phase:
    """The running part; `note` is what its last line will say."""

    def __init__(self) -> None:
        self.note = ""


@contextmanager
def phase(observe: Observer, name: str, title: str) -> Iterator[Phase]:
    """Announce a part of the work, and how it ended, whatever way it ends."""
    observe(PhaseStarted(name, title))
    started = time.monotonic()
    current, result = Phase(), "failed"
    try:
        yield current
        result = "done"
    except KeyboardInterrupt:
        result = "interrupted"
        raise
    finally:
        observe(PhaseEnded(name, title, result, time.monotonic() - started, current.note))  # type: ignore[arg-type]
