"""What rehearsals left behind that did not end by themselves: found by the next run, and removed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.rehearsal import folders, processes, record

NEWBORN = 30.0
"""Seconds. A folder without a record may be one that is being made at this moment."""


class NoSuchRehearsalError(Exception):
    """No rehearsal of that id is kept."""


@dataclass(frozen=True)
class Swept:
    """A rehearsal that was removed."""

    id: str
    processes: int
    """How many of its processes still ran."""


def sweep(root: Path | None = None) -> list[Swept]:
    """Remove every rehearsal below the cache `root` whose owner is gone; those alive and those kept are not touched."""
    found = [folder for folder in sorted(folders.rehearsals(root).iterdir()) if folder.is_dir()]
    return [removed(folder) for folder in found if _abandoned(folder)]


def kept(root: Path | None = None) -> list[str]:
    """Ids of the rehearsals that were left running on purpose."""
    return [f.name for f in sorted(folders.rehearsals(root).iterdir()) if folders.is_kept(f)]


def end(id: str, root: Path | None = None) -> Swept:
    """End a rehearsal that was kept, and remove it. Raises `NoSuchRehearsalError`."""
    folder = folders.rehearsals(root) / id
    if id not in kept(root):
        there = ", ".join(kept(root)) or "none"
        raise NoSuchRehearsalError(f"no rehearsal {id} is kept (kept: {there})")
    return removed(folder)


def removed(folder: Path) -> Swept:
    """End the processes of a rehearsal and remove its folder, whatever state both are in."""
    ended = processes.end(folder)
    folders.remove(folder)
    return Swept(folder.name, ended)


def _abandoned(folder: Path) -> bool:
    if folders.is_kept(folder):
        return False
    # Written once the lock is held: before that, asking for the lock could take it from its owner.
    try:
        if not (folder / record.NAME).exists():
            return time.time() - folder.stat().st_mtime > NEWBORN
    except FileNotFoundError:  # its owner is just removing it
        return False
    return not folders.is_alive(folder)
