"""Kubernetes quantities (`250m`, `1.5Gi`), and what pods request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from binder_deploy.rehearsal.controllers.api import Object

_SUFFIXES = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1),
    "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12), "P": Fraction(10**15),
    "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50),
}  # fmt: skip


def quantity(text: str | int | float) -> Fraction:
    """The value of a quantity in its base unit (cores, bytes). Raises `ValueError`."""
    match = re.fullmatch(r"([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]{0,2})", str(text))
    if match is None or match[2] not in _SUFFIXES:
        raise ValueError(f"not a Kubernetes quantity: {text}")
    return Fraction(match[1]) * _SUFFIXES[match[2]]


@dataclass(frozen=True)
class Resources:
    """An amount of what a machine offers."""

    millicpu: int = 0
    memory: int = 0
    """Bytes."""
    pods: int = 0

    def __add__(self, other: Resources) -> Resources:
        return Resources(self.millicpu + other.millicpu, self.memory + other.memory, self.pods + other.pods)

    def __sub__(self, other: Resources) -> Resources:
        return Resources(self.millicpu - other.millicpu, self.memory - other.memory, self.pods - other.pods)

    def holds(self, other: Resources) -> bool:
        """Whether `other` fits in."""
        return other.millicpu <= self.millicpu and other.memory <= self.memory and other.pods <= self.pods


def of(amounts: Mapping[str, str]) -> Resources:
    """From `{cpu, memory, pods}` as Kubernetes writes them."""
    return Resources(
        ceil(quantity(amounts.get("cpu", 0)) * 1000),
        ceil(quantity(amounts.get("memory", 0))),
        int(quantity(amounts.get("pods", 0))),
    )


def requested(spec: Object) -> Resources:
    """What a pod's spec requests: its containers together, or its greediest init container if that is more.

    Init containers that keep running (`restartPolicy: Always`) count with the containers.
    """

    def total(containers: Iterable[Object]) -> Resources:
        return sum((_asked(container) for container in containers), Resources())

    initial = spec.get("initContainers") or []
    sidecars = [container for container in initial if container.get("restartPolicy") == "Always"]
    steady = total([*(spec.get("containers") or []), *sidecars])
    once = [_asked(container) for container in initial if container.get("restartPolicy") != "Always"]
    overhead = of(spec.get("overhead") or {})
    return Resources(
        max([steady.millicpu, *(r.millicpu for r in once)]) + overhead.millicpu,
        max([steady.memory, *(r.memory for r in once)]) + overhead.memory,
        1,
    )


def _asked(container: Object) -> Resources:
    resources = container.get("resources") or {}
    # A limit without a request is the request; the apiserver fills that in for pods, not for templates.
    return of({**(resources.get("limits") or {}), **(resources.get("requests") or {})})
