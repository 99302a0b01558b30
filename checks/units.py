"""Numbers as people read them."""

from __future__ import annotations


def gib(size: float) -> str:
    """Bytes as `2.5 GiB`."""
    return f"{size / 2**30:.3g} GiB"


def cores(count: float) -> str:
    """CPUs as `0.25 CPU`."""
    return f"{count:.3g} CPU"
