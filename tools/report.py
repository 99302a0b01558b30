"""What a run of the tools reports: progress while it goes on, one error if it cannot be done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Step = Literal["wait", "discard", "download", "unreachable", "go", "modules", "build", "install"]
"""wait: another run holds the cache; discard: a cached binary or the rest of a dead run is thrown away;
download: an official release; unreachable: a host does not answer and is not asked again; go: the Go
toolchain is installed; modules: Go modules are fetched; build: `go build`; install: a binary is in the
cache."""


@dataclass(frozen=True)
class Progress:
    """One thing that happened or goes on. `done` and `total` are bytes in a download, packages in a build."""

    step: Step
    tools: tuple[str, ...]
    message: str
    done: int | None = None
    total: int | None = None
    elapsed: float = 0.0
    """Seconds since the step began."""
    expected: float | None = None
    """Seconds the whole step takes on a machine like this one, if known."""


Observe = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """An observer that looks away."""


@dataclass(frozen=True)
class Attempt:
    """A way that was tried for a tool, and why it failed."""

    tool: str
    way: Literal["PATH", "release", "build"]
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.way} ({self.where}): {self.why}" if self.where else f"{self.way}: {self.why}"


class Failed(Exception):
    """A way does not lead to the binary; the text says why."""


class ToolsError(Exception):
    """Some tools cannot be had. `attempts` has every way tried for each, `logs` the builds' output."""

    def __init__(self, attempts: Sequence[Attempt], remedies: Sequence[str], logs: Sequence[Path] = ()) -> None:
        self.attempts = tuple(attempts)
        self.remedies = tuple(remedies)
        self.logs = tuple(logs)
        tried: dict[str, list[str]] = defaultdict(list)
        for attempt in attempts:
            tried[attempt.tool].append(f"  {attempt}")
        lines = []
        for tool, ways in tried.items():
            lines += [f"{tool} cannot be obtained:", *ways]
        lines += [f"The build's output is in {log}" for log in logs]
        lines += ["What to do:", *(f"  - {remedy}" for remedy in remedies)] if remedies else []
        super().__init__("\n".join(lines))
