"""Amazon EC2's instance types, and what EKS leaves of them for pods.

Families follow a rule (a size is a number of vCPU, a family an amount of memory for each); what does not is listed.
Sources: EC2's instance type pages; for the reserved resources and the number of pods, EKS's optimized AL2023 image
(`nodeadm`) and the user guide's "Choose an optimal EC2 node instance type". Types with local disks (`m6id`) are left
out, and Graviton's, whose images the upstream charts do not build.
"""

from __future__ import annotations

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

VCPUS: Mapping[str, int] = {
    "medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "9xlarge": 36, "12xlarge": 48,
    "16xlarge": 64, "18xlarge": 72, "24xlarge": 96, "32xlarge": 128, "48xlarge": 192,
}  # fmt: skip
"""Size → vCPU, in the families that follow the rule."""

_UP_TO_24 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_C5 = ("large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "12xlarge", "18xlarge", "24xlarge")
_6I, _7I = (*_UP_TO_24, "32xlarge"), (*_UP_TO_24, "48xlarge")
_6A = (*_UP_TO_24, "32xlarge", "48xlarge")
_7A = ("medium", *_6A)

FAMILIES: Mapping[str, tuple[tuple[str, ...], int]] = {
    "m5": (_UP_TO_24, 4), "m6i": (_6I, 4), "m6a": (_6A, 4), "m7i": (_7I, 4), "m7a": (_7A, 4),
    "c5": (_C5, 2), "c6i": (_6I, 2), "c6a": (_6A, 2), "c7i": (_7I, 2), "c7a": (_7A, 2),
    "r5": (_UP_TO_24, 8), "r6i": (_6I, 8), "r6a": (_6A, 8), "r7i": (_7I, 8), "r7a": (_7A, 8),
}  # fmt: skip
"""Family → its sizes and GiB for each vCPU."""

ENIS: Mapping[str, tuple[int, int]] = {
    "medium": (2, 4), "large": (3, 10), "xlarge": (4, 15), "2xlarge": (4, 15), "4xlarge": (8, 30), "8xlarge": (8, 30),
    "9xlarge": (8, 30), "12xlarge": (8, 30), "16xlarge": (15, 50), "18xlarge": (15, 50), "24xlarge": (15, 50),
    "32xlarge": (15, 50), "48xlarge": (15, 50),
}  # fmt: skip
"""Size → network interfaces, addresses of each, in the families that follow the rule."""

LISTED: Mapping[str, tuple[int, Fraction, int, tuple[int, int]]] = {
    **{
        f"{family}.{size}": shape
        for family in ("t3", "t3a")
        for size, shape in {
            "nano": (2, Fraction(1, 2), 0, (2, 2)),
            "micro": (2, Fraction(1), 0, (2, 2)),
            "small": (2, Fraction(2), 0, (3, 4) if family == "t3" else (2, 4)),
            "medium": (2, Fraction(4), 0, (3, 6)),
            "large": (2, Fraction(8), 0, (3, 12)),
            "xlarge": (4, Fraction(16), 0, (4, 15)),
            "2xlarge": (8, Fraction(32), 0, (4, 15)),
        }.items()
    },
    "g4dn.xlarge": (4, Fraction(16), 1, (3, 10)),
    "g4dn.2xlarge": (8, Fraction(32), 1, (3, 10)),
    "g4dn.4xlarge": (16, Fraction(64), 1, (3, 10)),
    "g4dn.8xlarge": (32, Fraction(128), 1, (4, 15)),
    "g4dn.12xlarge": (48, Fraction(192), 4, (8, 30)),
    "g4dn.16xlarge": (64, Fraction(256), 1, (4, 15)),
    "g5.xlarge": (4, Fraction(16), 1, (4, 15)),
    "g5.2xlarge": (8, Fraction(32), 1, (4, 15)),
    "g5.4xlarge": (16, Fraction(64), 1, (8, 30)),
    "g5.8xlarge": (32, Fraction(128), 1, (8, 30)),
    "g5.12xlarge": (48, Fraction(192), 4, (15, 50)),
    "g5.16xlarge": (64, Fraction(256), 1, (8, 30)),
    "g5.24xlarge": (96, Fraction(384), 4, (15, 50)),
    "g5.48xlarge": (192, Fraction(768), 8, (7, 50)),
    "g6.xlarge": (4, Fraction(16), 1, (4, 15)),
    "g6.2xlarge": (8, Fraction(32), 1, (4, 15)),
    "g6.4xlarge": (16, Fraction(64), 1, (8, 30)),
    "g6.8xlarge": (32, Fraction(128), 1, (8, 30)),
    "g6.12xlarge": (48, Fraction(192), 4, (8, 30)),
    "g6.16xlarge": (64, Fraction(256), 1, (15, 50)),
    "g6.24xlarge": (96, Fraction(384), 4, (15, 50)),
    "g6.48xlarge": (192, Fraction(768), 8, (15, 50)),
}
"""Types without a rule → vCPU, GiB, accelerators, (network interfaces, addresses of each)."""

UNSEEN = Fraction(75, 1000)
"""Of the memory never reaches the node: the hypervisor's and the kernel's part. What Karpenter assumes, too."""


def machine(name: str, *, prefixes: bool = False) -> Machine:
    """The instance type called `name`: `m6i.2xlarge`. Raises `UnknownMachineError`.

    `prefixes`: the VPC CNI gives whole prefixes to a node (`ENABLE_PREFIX_DELEGATION`), so that addresses do not
    limit its pods.
    """
    vcpus, gib, gpus, enis = _shape(name)
    memory = int(gib * GIB)
    pods = max_pods(vcpus, *enis, prefixes=prefixes)
    left = memory - int(memory * UNSEEN) - reserved_memory(pods) - 100 * MIB
    return Machine(name, vcpus, memory, Allocatable(vcpus * 1000 - reserved_millicpu(vcpus), left, pods), gpus)


def names() -> list[str]:
    """Every name that `machine` knows."""
    return [f"{family}.{size}" for family, (sizes, _) in FAMILIES.items() for size in sizes] + list(LISTED)


def max_pods(vcpus: int, enis: int, addresses: int, *, prefixes: bool = False) -> int:
    """Pods of a node: an address each, except two that live on the node's own; at most what managed node groups
    allow (110, and 250 from 30 vCPU on). A prefix is 16 addresses in the place of one."""
    ceiling = 110 if vcpus < 30 else 250
    return min(ceiling, enis * (addresses - 1) * (16 if prefixes else 1) + 2)


def reserved_memory(pods: int) -> int:
    """What EKS reserves, in bytes: 255 MiB, and 11 MiB for each pod that the node may have."""
    return (255 + 11 * pods) * MIB


def _shape(name: str) -> tuple[int, Fraction, int, tuple[int, int]]:
    if name in LISTED:
        return LISTED[name]
    family, _, size = name.partition(".")
    sizes, gib = FAMILIES.get(family, ((), 0))
    if size not in sizes:
        raise unknown(name, names(), "m6i.xlarge")
    return VCPUS[size], Fraction(VCPUS[size] * gib), 0, ENIS[size]
