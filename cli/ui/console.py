"""The terminal: people read on standard error, machines on standard output."""

from __future__ import annotations

import os

from rich.console import Console


def console() -> Console:
    """For people. Colours and live rows only on a terminal that wants them (`NO_COLOR`, `TERM=dumb`)."""
    return Console(stderr=True, highlight=False, soft_wrap=False, no_color=bool(os.environ.get("NO_COLOR")) or None)


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 100:
        return f"{value:.0f} s"
    return f"{int(value) // 60} min {int(value) % 60:02} s"
