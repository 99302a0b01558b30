"""Compute Engine's machine types, and what GKE leaves of them for pods.

Computed, not listed: predefined types follow their family's shape. Sources: Compute Engine's machine families
(memory in GB per vCPU) and GKE's formula for reserved resources (docs: "Plan node sizes", for the CPU and memory that
are reserved; maximum of 110 pods per node by default).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from binder_deploy.settings.machines.model import (
    GIB,
    MIB,
    Allocatable,
    Machine,
    reserved_millicpu,
    unknown,
)

_SIZES_N = (2, 4, 8, 16, 32, 48, 64, 80)
_SIZES_AMD = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224)

SIZES: Mapping[str, Mapping[str, tuple[tuple[int, ...], Fraction]]] = {
    "e2": {
        "standard": ((2, 4, 8, 16, 32), Fraction(4)),
        "highmem": ((2, 4, 8, 16), Fraction(8)),
        "highcpu": ((2, 4, 8, 16, 32), Fraction(1)),
    },
    "n1": {
        "standard": ((1, 2, 4, 8, 16, 32, 64, 96), Fraction(15, 4)),
        "highmem": ((2, 4, 8, 16, 32, 64, 96), Fraction(13, 2)),
        "highcpu": ((2, 4, 8, 16, 32, 64, 96), Fraction(9, 10)),
    },
    "n2": {
        "standard": ((*_SIZES_N, 96, 128), Fraction(4)),
        "highmem": ((*_SIZES_N, 96), Fraction(8)),
        "highcpu": ((*_SIZES_N, 96), Fraction(1)),
    },
    "n2d": {
        "standard": (_SIZES_AMD, Fraction(4)),
        "highmem": (_SIZES_AMD[:9], Fraction(8)),
        "highcpu": (_SIZES_AMD, Fraction(1)),
    },
    "n4": {
        "standard": (_SIZES_N, Fraction(4)),
        "highmem": (_SIZES_N, Fraction(8)),
        "highcpu": (_SIZES_N, Fraction(2)),
    },
    "c3": {
        "standard": ((4, 8, 22, 44, 88, 176), Fraction(4)),
        "highmem": ((4, 8, 22, 44, 88, 176), Fraction(8)),
        "highcpu": ((4, 8, 22, 44, 88, 176), Fraction(2)),
    },
    "c4": {
        "standard": ((2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288), Fraction(15, 4)),
        "highmem": ((2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288), Fraction(31, 4)),
        "highcpu": ((2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288), Fraction(2)),
    },
    "c2": {"standard": ((4, 8, 16, 30, 60), Fraction(4))},
    "c2d": {
        "standard": ((2, 4, 8, 16, 32, 56, 112), Fraction(4)),
        "highmem": ((2, 4, 8, 16, 32, 56, 112), Fraction(8)),
        "highcpu": ((2, 4, 8, 16, 32, 56, 112), Fraction(2)),
    },
    "c3d": {
        "standard": ((4, 8, 16, 30, 60, 90, 180, 360), Fraction(4)),
        "highmem": ((4, 8, 16, 30, 60, 90, 180, 360), Fraction(8)),
        "highcpu": ((4, 8, 16, 30, 60, 90, 180, 360), Fraction(2)),
    },
    "t2d": {"standard": ((1, 2, 4, 8, 16, 32, 48, 60), Fraction(4))},
}
"""Family → class → (numbers of vCPU, GB of memory for each)."""

SHARED: Mapping[str, int] = {"e2-micro": 1, "e2-small": 2, "e2-medium": 4}
"""Shared-core types → GB. All have two vCPU of which a part is guaranteed."""

PODS = 110


def machine(name: str) -> Machine:
    """The machine type called `name`: `e2-standard-4`, or `n2-custom-4-10240` (vCPU, MiB). Raises
    `UnknownMachineError`."""
    if name in SHARED:
        return _machine(name, 2, SHARED[name] * GIB)
    match = re.fullmatch(r"([a-z]\d+[a-z]?)-(standard|highmem|highcpu)-(\d+)", name)
    if match:
        family, kind, size = match[1], match[2], int(match[3])
        sizes, gb = SIZES.get(family, {}).get(kind, ((), Fraction(0)))
        if size in sizes:
            return _machine(name, size, int(size * gb * GIB))
    custom = re.fullmatch(r"(?:[a-z]\d+[a-z]?-)?custom-(\d+)-(\d+)(?:-ext)?", name)
    if custom:
        return _machine(name, int(custom[1]), int(custom[2]) * MIB)
    raise unknown(name, names(), "e2-standard-4")


def names() -> list[str]:
    """Every name that `machine` knows."""
    predefined = [
        f"{family}-{kind}-{size}"
        for family, kinds in SIZES.items()
        for kind, (sizes, _) in kinds.items()
        for size in sizes
    ]
    return [*SHARED, *predefined]


def reserved_memory(memory: int) -> int:
    """What GKE reserves, in bytes: 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next
    112, 2 % of the rest; 255 MiB of a machine with less than 1 GiB."""
    if memory < GIB:
        return 255 * MIB
    reserved, left = Fraction(0), memory
    for size, percent in ((4, 25), (4, 20), (8, 10), (112, 6)):
        part = min(left, size * GIB)
        reserved += Fraction(part * percent, 100)
        left -= part
    return int(reserved + Fraction(left * 2, 100))


def _machine(name: str, vcpus: int, memory: int) -> Machine:
    millicpu = 940 if name in SHARED else vcpus * 1000 - reserved_millicpu(vcpus)
    return Machine(name, vcpus, memory, Allocatable(millicpu, memory - reserved_memory(memory) - 100 * MIB, PODS))
