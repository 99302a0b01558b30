"""Copies a SQLite database that is in use, and writes the copy to standard output: a line of JSON, then the file.

Argument: the database. SQLite's own online backup sees one moment of it, however busy its owner is.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

BUSY_S = 30
CHUNK = 1 << 18


def main(database: str) -> None:
    """Write it. Ends with a message on standard error if there is no whole database."""
    if not Path(database).is_file():
        sys.exit(f"there is no database at {database}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.sqlite"
        # mode=rw: reading may have to undo what a killed writer left, and must never make an empty database.
        with (
            closing(sqlite3.connect(f"file:{quote(database)}?mode=rw", uri=True, timeout=BUSY_S)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            if (found := target.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                sys.exit(f"the database at {database} is damaged: {found}")
            revision = target.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        with copy.open("rb") as stream:
            digest = hashlib.sha256()
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
            told = {"bytes": copy.stat().st_size, "sha256": digest.hexdigest(), "revision": revision}
            out = sys.stdout.buffer
            out.write(json.dumps(told).encode() + b"\n")
            stream.seek(0)
            while chunk := stream.read(CHUNK):
                out.write(chunk)
            out.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"the database at {sys.argv[1]} cannot be read: {error}")
