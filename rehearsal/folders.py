"""Where rehearsals live, and how a living one is told from a dead one: by a lock that its owner holds."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from binder_deploy.tools.place import default_cache

LOCK = "alive.lock"
KEPT = "kept"
"""Marker: its owner has ended on purpose and left it running."""


def rehearsals(root: Path | None = None) -> Path:
    """The folder of all rehearsals below the cache `root` (the usual one by default), with its links resolved:
    processes are found by it."""
    folder = (root or default_cache()) / "rehearsals"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def lock(folder: Path) -> FileLock:
    """The lock that the owner of a rehearsal holds; the system frees it however the owner ends."""
    return FileLock(folder / LOCK)


def is_alive(folder: Path) -> bool:
    """Whether somebody holds the lock of a rehearsal."""
    held = lock(folder)
    try:
        held.acquire(timeout=0)
    except Timeout:
        return True
    held.release()
    return False


def remove(folder: Path) -> None:
    """Remove a rehearsal's folder, also if somebody else removes it at the same time."""
    while folder.exists():
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)


def is_kept(folder: Path) -> bool:
    """Whether it was left running on purpose."""
    return (folder / KEPT).exists()
