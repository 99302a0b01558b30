"""The engine's lock on a state: who holds it, and whether that is a process that no longer lives."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

_TOLD = re.compile(
    r"^\s*(?P<at>\S+): created by (?P<user>.*)@(?P<host>\S*) \(pid (?P<pid>\d+)\) at (?P<since>\S+)$", re.M
)


@dataclass(frozen=True)
class Held:
    """One lock."""

    at: str
    """Path or URL of the lock's file."""
    pid: int
    user: str
    host: str
    since: str
    """As the engine wrote it: RFC 3339."""

    @property
    def far(self) -> bool:
        """Whether another machine may hold it. In a bucket it may, whatever it is called: CI's machines share names."""
        return self.host != socket.gethostname() or not self.at.startswith(("/", "file:"))

    @property
    def dead(self) -> bool:
        """Whether its process was on this machine and is gone; unknown for another machine, and so False."""
        return not self.far and not psutil.pid_exists(self.pid)

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user} on {self.host}, since {self.since} ({self.at})"


def told(message: str) -> tuple[Held, ...]:
    """Every lock that the engine names when it refuses."""
    return tuple(Held(m["at"], int(m["pid"]), m["user"], m["host"], m["since"]) for m in _TOLD.finditer(message))


def read(at: str, text: str) -> Held | None:
    """A lock from its file's text; None for one that is half written this very moment."""
    try:
        about = json.loads(text)
        return Held(at, int(about["pid"]), about["username"], about["hostname"], about["timestamp"])
    except (ValueError, KeyError, TypeError):
        return None


def held(state: Path) -> tuple[Held, ...]:
    """Every lock below a local state's folder."""
    found = []
    for file in (state / ".pulumi" / "locks").rglob("*.json"):
        try:
            text = file.read_text(encoding="utf-8")
        except OSError:
            continue  # released this very moment
        if lock := read(str(file), text):
            found.append(lock)
    return tuple(found)


def clear_dead(state: Path) -> bool:
    """Remove the locks of dead processes; whether the state is free now."""
    locks = held(state)
    for lock in locks:
        if lock.dead:
            Path(lock.at).unlink(missing_ok=True)
    return bool(locks) and all(lock.dead for lock in locks)
