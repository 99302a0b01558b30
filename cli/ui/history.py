"""What was done to a deployment, a line each, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.cli.flows.history import Entry
from binder_deploy.cli.ui.console import seconds

SCHEMA = "binder-deploy/history/v1"
_WORDS = {
    "done": "done",
    "failed": "failed",
    "interrupted": "interrupted",
    "cut off": "cut off: it was killed, or the machine went down",
    "running": "running",
}


def show_history(past: Sequence[Entry], console: Console) -> None:
    """The newest last: that is where one looks."""
    if not past:
        console.print("Nothing was done yet.")
    for entry in reversed(past):
        console.print(Text(entry_line(entry)), soft_wrap=True)


def entry_line(entry: Entry) -> str:
    """`2026-11-23 17:40  up  done in 3 min 05 s  41 created  alice@laptop`."""
    took = f" in {seconds((entry.end - entry.start).total_seconds())}" if entry.end else ""
    parts = [moment(entry.start), f"{entry.what:<12}", f"{result_words(entry)}{took}"]
    parts += [part for part in (entry.changes, entry.by, entry.why.partition("\n")[0]) if part]
    if entry.log and entry.result != "done":
        parts.append(f"log: {entry.log}")
    return "  ".join(parts)


def result_words(entry: Entry) -> str:
    """How it ended."""
    return _WORDS[entry.result]


def moment(at: datetime) -> str:
    """In this machine's time: `2026-11-23 17:40`."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def history_data(past: Sequence[Entry]) -> dict[str, Any]:
    """For machines, the newest first; keys are only ever added."""
    return {"schema": SCHEMA, "entries": [entry_data(entry) for entry in past]}


def entry_data(entry: Entry) -> dict[str, Any]:
    """One thing that was done."""
    return {
        "start": entry.start.isoformat(timespec="seconds"),
        "end": entry.end.isoformat(timespec="seconds") if entry.end else None,
        "what": entry.what,
        "by": entry.by or None,
        "result": entry.result,
        "changes": entry.changes,
        "why": entry.why,
        "log": str(entry.log) if entry.log else None,
    }
