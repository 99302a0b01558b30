"""What there is to know of a machine type, whatever the cloud."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

MIB = 1024**2
GIB = 1024**3


class UnknownMachineError(ValueError):
    """No such machine type is known; the message names the nearest that is."""


@dataclass(frozen=True)
class Allocatable:
    """What is left of a machine for pods, the cloud's own agents included (they are pods too)."""

    millicpu: int
    memory: int
    """Bytes."""
    pods: int


@dataclass(frozen=True)
class Machine:
    """A machine type."""

    name: str
    vcpus: int
    memory: int
    """Bytes."""
    allocatable: Allocatable
    gpus: int = 0
    """Accelerators that belong to the type; those that are chosen beside it do not count."""


def reserved_millicpu(vcpus: int) -> int:
    """What GKE and EKS reserve for the node's own programs: 6 % of the first core, 1 % of the second, 0.5 % of the
    next two, 0.25 % of each further."""
    steps = [60, 10, 5, 5]
    return int(sum(steps[:vcpus]) + max(0, vcpus - 4) * 2.5)


def unknown(name: str, known: Iterable[str], example: str) -> UnknownMachineError:
    """The error for a name that is none, with what was probably meant."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"write one such as {example}"
    return UnknownMachineError(f"no machine type of that name is known; {hint}")
