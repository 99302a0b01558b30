"""Programs that run long: in a group of their own, watched line by line, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import psutil

from binder_deploy.tools.report import Failed

_GRACE = 5.0  # seconds between asking a group to end and ending it


class Children:
    """The programs of one run. Leaving the `with` block by an exception ends them with all they started.

    Each has a note in `folder`: a run that is killed outright cannot end its compilers, so the next run does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = Lock()
        self._ended = False

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind is not None:
            self.end()

    def end(self) -> None:
        """End every running program, and start no more."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for child in running:
            _signal_group(child.pid, signal.SIGTERM)
        for child in running:
            try:
                child.wait(_GRACE)
            except subprocess.TimeoutExpired:
                _signal_group(child.pid, signal.SIGKILL)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        on_line: Callable[[str], None] = lambda line: None,
    ) -> str:
        """Run to the end; the output goes to `log` as well. Returns it; raises Failed with its last lines."""
        log.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        with log.open("a", encoding="utf-8") as sink:
            sink.write(f"$ {' '.join(map(str, command))}\n")
            child = self._start(command, environment, folder)
            note = self._folder / str(child.pid)
            try:
                with contextlib.suppress(psutil.NoSuchProcess):  # already over
                    note.write_text(repr(psutil.Process(child.pid).create_time()), encoding="ascii")
                assert child.stdout is not None  # noqa: S101  (a pipe was asked for)
                for line in child.stdout:
                    sink.write(line)
                    lines.append(line.rstrip())
                    on_line(lines[-1])
                status = child.wait()
            except BaseException:
                self.end()
                raise
            finally:
                with self._lock:
                    self._running.discard(child)
                note.unlink(missing_ok=True)
        if status:
            said = [line for line in lines if line][-4:]
            raise Failed(f"`{_short(command)}` ended with {status}: " + (" | ".join(said) or "it said nothing"))
        return "\n".join(lines)

    def _start(
        self, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path
    ) -> subprocess.Popen[str]:
        with self._lock:
            if self._ended:
                raise Failed("the run was stopped")
            try:
                child = subprocess.Popen(
                    command,
                    env=environment,
                    cwd=folder,
                    text=True,
                    errors="replace",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise Failed(f"`{_short(command)}` cannot be started: {error}") from error
            self._running.add(child)
            return child


def end_orphans(folder: Path) -> None:
    """End the programs that a killed run left behind; `folder` has its notes."""
    for note in folder.glob("*"):
        with contextlib.suppress(psutil.Error, ValueError):  # gone, or the note was cut off
            pid = int(note.name)
            # The same number may long be somebody else's: the start time tells.
            if psutil.Process(pid).create_time() == float(note.read_text(encoding="ascii")):
                _signal_group(pid, signal.SIGKILL)
        note.unlink(missing_ok=True)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _short(command: Sequence[str | Path]) -> str:
    return " ".join([Path(command[0]).name, *map(str, command[1:3])])
