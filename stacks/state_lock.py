"""The engine's lock on a local state: who holds it, and whether that is a process that no longer lives."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Held:
    """One lock file."""

    file: Path
    pid: int
    user: str
    host: str
    since: str
    """As the engine wrote it: RFC 3339."""

    @property
    def dead(self) -> bool:
        """Whether its process was on this machine and is gone; unknown for another machine, and so False."""
        return self.host == socket.gethostname() and not psutil.pid_exists(self.pid)

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user} on {self.host}, since {self.since} ({self.file})"


def held(state: Path) -> tuple[Held, ...]:
    """Every lock below a local state's folder."""
    found = []
    for file in (state / ".pulumi" / "locks").rglob("*.json"):
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            found.append(Held(file, int(told["pid"]), told["username"], told["hostname"], told["timestamp"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # released, or half written, this very moment
    return tuple(found)


def clear_dead(state: Path) -> bool:
    """Remove the locks of dead processes; whether the state is free now."""
    locks = held(state)
    for lock in locks:
        if lock.dead:
            lock.file.unlink(missing_ok=True)
    return bool(locks) and all(lock.dead for lock in locks)
