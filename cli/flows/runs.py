"""What was run from this folder, as the logs in `.binder-deploy/runs` tell it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil

from binder_deploy.stacks.who import who

Result = Literal["done", "failed", "interrupted", "cut off", "running"]
DONE, EARLY = "done", "ended early: "
"""How the last line of a log begins."""
RUNS, EARLIER = "runs", "logs"
"""Where logs lie in the folder's `.binder-deploy`, and where the first versions left them."""
LOOKS = frozenset({"plan", "check", "drift", "launch", "rehearse"})
"""Commands that change no deployment."""
_NAME = re.compile(r"(\d{8}-\d{6})-(.+)\.log")
_HEAD = re.compile(r"(?:binder-deploy .+, )?by (?P<by>.+), process (?P<pid>\d+)")
_BY_HAND = {"KeyboardInterrupt", "Interrupted", "Abort"}
TAIL_BYTES = 8192


@dataclass(frozen=True, kw_only=True)
class Run:
    """One command that was run here."""

    command: str
    start: datetime
    end: datetime
    by: str
    """Who; empty in logs of older versions."""
    result: Result
    why: str
    """How it ended early, in a line."""
    log: Path


def head(command: str) -> str:
    """The first line of a log: what is run, when, by whom, in which process."""
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return f"binder-deploy {command}, {now}, by {who()}, process {os.getpid()}"


def log_files(work: Path, command: str = "*") -> list[Path]:
    """The logs in a deployment's work folder, of one command or of all, the oldest first."""
    stamp = "[0-9]" * 8 + "-" + "[0-9]" * 6
    found = [file for name in (EARLIER, RUNS) for file in (work / name).glob(f"{stamp}-{command}.log")]
    return sorted(found, key=lambda file: file.name)


def runs(work: Path) -> Iterator[Run]:
    """Every run that has left a log in this work folder."""
    for file in log_files(work):
        if named := _NAME.fullmatch(file.name):
            yield _run(file, named[1], named[2])


def _run(file: Path, stamp: str, command: str) -> Run:
    with file.open("rb") as log:
        first = _HEAD.fullmatch(log.readline().decode(errors="replace").strip())
        log.seek(max(0, file.stat().st_size - TAIL_BYTES))
        lines = log.read().decode(errors="replace").strip().splitlines()
    result, why = _ending(lines, int(first["pid"]) if first else None)
    return Run(
        command=command,
        start=datetime.strptime(stamp, "%Y%m%d-%H%M%S").astimezone(),  # local time, as the name has it
        end=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        by=first["by"] if first else "",
        result=result,
        why=why,
        log=file,
    )


def _ending(lines: list[str], pid: int | None) -> tuple[Result, str]:
    """How it ended, and why if it did so early: an error's text may take several lines."""
    if lines and lines[-1] == DONE:
        return "done", ""
    early = next((line for line in reversed(lines) if line.startswith(EARLY)), None)
    if early is None:
        return ("running", "") if pid is not None and psutil.pid_exists(pid) else ("cut off", "")
    error, _, text = early.removeprefix(EARLY).partition(":")
    return ("interrupted", "") if error in _BY_HAND else ("failed", text.strip() or error)
