"""Backups on the screen, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.cli.ui.history import moment
from binder_deploy.ops.backup.hub import ABSENT
from binder_deploy.ops.backup.kept import DATABASE, Kept

SCHEMA, LIST_SCHEMA = "binder-deploy/backup/v1", "binder-deploy/backups/v1"


def show_backups(found: Sequence[Kept], console: Console) -> None:
    """The newest last: that is where one looks."""
    if not found:
        console.print("There is no backup yet; `binder-deploy backup` makes one.")
    for one in reversed(found):
        console.print(Text(backup_line(one)), soft_wrap=True)


def backup_line(one: Kept) -> str:
    """`20261123T194500Z-by-hand  2026-11-23 19:45  812 KiB  bundle 2026.11  alice@laptop`."""
    parts = [one.name, moment(one.made), f"{one.bytes / 1024:.0f} KiB"]
    parts += [f"bundle {one.bundle}"] if one.bundle else []
    parts += [one.by] + ([] if one.has_database else ["without the hub's database"])
    return "  ".join(parts)


def list_data(found: Sequence[Kept]) -> dict[str, Any]:
    """For machines, the newest first; keys are only ever added."""
    return {"schema": LIST_SCHEMA, "backups": [_data(one) for one in found]}


def backup_data(one: Kept) -> dict[str, Any]:
    """One that was just made."""
    return {"schema": SCHEMA, **_data(one)}


def lacking(made: Kept) -> bool:
    """Whether there is a hub whose database is not in the backup."""
    return not made.has_database and made.missing.get(DATABASE) not in ABSENT


def _data(one: Kept) -> dict[str, Any]:
    return {
        "name": one.name,
        "folder": str(one.folder),
        "made": one.made.isoformat(timespec="seconds"),
        "by": one.by,
        "reason": one.reason,
        "bundle": one.bundle or None,
        "database": one.has_database,
        "bytes": one.bytes,
        "versions": dict(one.versions),
        "missing": dict(one.missing),
    }
