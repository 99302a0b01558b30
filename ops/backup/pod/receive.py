"""Takes a SQLite database from standard input and puts it in the place of another one that nobody uses.

Arguments: the database's place, how many bytes come, their sha256, and a name for what was there before. What comes is
looked at before anything is touched; the exchange is one step; what was there lies beside it afterwards. May be run
again after any end: what was there before the first exchange under a name stays, and so does what the last one found.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

CHUNK = 1 << 18
AGAIN = "-again"
LOGS = ("-journal", "-wal", "-shm")
"""What SQLite lays beside a database. Left there, they would be taken for the new one's, and spoil it."""


def main(place: Path, size: int, digest: str, name: str) -> None:
    """Do it; a line of JSON says where the old one is. Ends with a message on standard error, nothing exchanged."""
    fresh = place.with_name(f".{place.name}.new")
    try:
        _receive(fresh, size, digest)
        _look(fresh)
        first = place.with_name(f"{place.name}.before-{name}")
        again = first.with_name(f"{first.name}{AGAIN}")
        # After an attempt that was cut off behind the exchange: what was there before must not be lost by this one.
        if first.exists() and place.exists() and _digest(place) == digest:
            kept: Path | None = again if again.exists() else first
        else:
            # Nor may one lose it that comes when the hub has run since: what lies there now is only newer, not better.
            kept = _set_aside(place, first if not first.exists() or _same(first, place) else again)
            if kept:
                shutil.copymode(place, fresh)
            fresh.replace(place)
            _sync(place.parent)
    finally:
        for left in (fresh, *(Path(f"{fresh}{suffix}") for suffix in LOGS)):
            left.unlink(missing_ok=True)
    for older in place.parent.glob(f"{place.name}.before-*"):
        if kept and not older.name.startswith(first.name):
            older.unlink()
    sys.stdout.write(json.dumps({"kept": str(kept) if kept else ""}) + "\n")


def _receive(fresh: Path, size: int, digest: str) -> None:
    found, left = hashlib.sha256(), size
    with fresh.open("wb") as stream:
        while left and (chunk := sys.stdin.buffer.read(min(left, CHUNK))):
            stream.write(chunk)
            found.update(chunk)
            left -= len(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    if left:
        sys.exit(f"only {size - left} of {size} bytes came; nothing was exchanged")
    if found.hexdigest() != digest:
        sys.exit("what came is not what was sent; nothing was exchanged")


def _digest(place: Path) -> str:
    with place.open("rb") as stream:
        found = hashlib.sha256()
        while chunk := stream.read(CHUNK):
            found.update(chunk)
        return found.hexdigest()


def _same(one: Path, other: Path) -> bool:
    """Whether both names lead to one file: set aside by an attempt that was cut off before the exchange."""
    return other.exists() and one.samefile(other)


def _look(fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as database:
        if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            sys.exit(f"what came is damaged ({found}); nothing was exchanged")
        for table in ("users", "api_tokens", "alembic_version"):
            database.execute(f"SELECT count(*) FROM {table}")  # noqa: S608


def _set_aside(place: Path, kept: Path) -> Path | None:
    """Let the old one lie under another name, too, with what belongs to it; None if there is none."""
    if not place.exists():
        return None
    try:
        with closing(sqlite3.connect(place)) as old:  # undoes what a killed hub left half written
            old.execute("BEGIN IMMEDIATE").execute("ROLLBACK")
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            sys.exit("somebody still uses the database; nothing was exchanged")
    kept.unlink(missing_ok=True)
    os.link(place, kept)
    for suffix in LOGS:
        if (log := Path(f"{place}{suffix}")).exists():
            log.replace(f"{kept}{suffix}")
    return kept


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"{error}; nothing was exchanged")
