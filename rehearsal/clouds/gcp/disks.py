"""Boot disks, and which machines can use them. Written down by hand, family by family."""

from __future__ import annotations

TYPES = (
    "pd-standard", "pd-balanced", "pd-ssd", "pd-extreme", "hyperdisk-balanced", "hyperdisk-throughput",
    "hyperdisk-extreme",
)  # fmt: skip

_HYPERDISK_ONLY = frozenset({"n4", "n4d", "c4", "c4d", "c4a"})


def fits(machine: str, disk: str) -> bool:
    """Whether the machine can boot from such a disk: the newest families know no `pd-*` at all."""
    return disk.startswith("hyperdisk-") or machine.partition("-")[0] not in _HYPERDISK_ONLY
