"""Room for a local state. The engine goes on after a write that was cut short: on a full disk, a state would be torn.

So nothing is begun with little room, and what is under way is stopped, in order, before the disk is full. For its last
words it gets room that was kept for it: what fills a disk has mostly ended by then, with an error of its own.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MB = 1 << 20
ROOM = 64 * MB
"""Bytes that must be free to begin. An operation writes some megabytes."""
RESERVE = 32 * MB
"""Bytes of them that are kept until the disk is nearly full."""
LOW = 8 * MB
"""So little besides: it is nearly full."""
INTERVAL_S = 0.2


class NoRoom(Exception):
    """There is too little room; the message says where, and what to do."""


@dataclass
class Room:
    """What became of it."""

    short: bool = False
    """Whether the operation was asked to stop, for want of room."""


def require(state: Path) -> None:
    """Raises `NoRoom` where a local state could not be written whole. Any other state is not our matter."""
    if state.is_dir() and (free := free_at(state)) < ROOM:
        raise NoRoom(
            f"{state} has {free >> 20} MB left, and the state needs {ROOM >> 20} MB to be written whole; nothing was "
            "changed: make room, then run the same command again"
        )


@contextmanager
def guarded(state: Path, stop: Callable[[], None]) -> Iterator[Room]:
    """Keep room while the block writes a local state; `stop` is called when the disk is nearly full."""
    room, ended, reserve = Room(), threading.Event(), state / ".room"
    if not state.is_dir():
        yield room
        return
    _fill(reserve)

    def look() -> None:
        while not ended.wait(INTERVAL_S):
            if free_at(state) < LOW:
                room.short = True
                reserve.unlink(missing_ok=True)
                stop()
                return

    thread = threading.Thread(target=look, name="room", daemon=True)
    thread.start()
    try:
        yield room
    finally:
        ended.set()
        thread.join()
        reserve.unlink(missing_ok=True)


def free_at(folder: Path) -> int:
    """Bytes that this user may still write there."""
    return shutil.disk_usage(folder).free


def _fill(file: Path) -> None:
    """Take the reserve. A disk that was filled since it was looked at is found out by the first look."""
    with file.open("wb") as stream:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, RESERVE)
        else:  # macOS: it has to be written
            stream.write(bytes(RESERVE))
