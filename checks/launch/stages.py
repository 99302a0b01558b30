"""Keeps the time of each stage and the end of the log, and tells both to an observer."""

from __future__ import annotations

import re
import time
from collections import deque

from binder_deploy.checks.launch.model import LAUNCH_STAGES, LogLine, Observer, Stage, StageEnded, StageStarted

LOG_LINES = 200
LINE_LENGTH = 500
# What builds print is other people's: escape sequences and control characters must not reach a terminal.
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\[]?|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Stages:
    """Where a launch is, where it was, and what was said."""

    def __init__(self, observe: Observer) -> None:
        self._observe = observe
        self._started = 0.0
        self.current = ""
        """Name of the stage that runs now, or of the last one."""
        self._running = False
        self.done: list[Stage] = []
        self._log: deque[str] = deque(maxlen=LOG_LINES)

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines, the oldest first."""
        return tuple(self._log)

    def enter(self, name: str) -> None:
        """End the stage that runs, well, and begin another."""
        self.end()
        self.current, self._running, self._started = name, True, time.monotonic()
        self._observe(StageStarted(name))

    def advance(self, name: str) -> None:
        """As `enter`, but a launch only goes forward: what was said late does not bring an earlier stage back."""
        if LAUNCH_STAGES.index(name) > LAUNCH_STAGES.index(self.current):
            self.enter(name)

    def end(self, *, ok: bool = True) -> None:
        """End the stage that runs, if one does."""
        if self._running:
            self._running = False
            stage = Stage(self.current, time.monotonic() - self._started)
            self.done.append(stage)
            self._observe(StageEnded(stage.name, stage.seconds, ok))

    def say(self, message: str) -> None:
        """Keep and tell what the Binder said."""
        for line in re.split(r"[\r\n]+", message):
            text = _CONTROL.sub("", line).rstrip()[:LINE_LENGTH]
            if text:
                self._log.append(text)
                self._observe(LogLine(text))
