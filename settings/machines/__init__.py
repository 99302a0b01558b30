"""Machine types of each cloud: what a machine has, and what is left of it for pods.

`gce.machine(name)` and `ec2.machine(name)` know their cloud's types; `machine(platform, name)` asks the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from binder_deploy.settings.machines import ec2, gce
from binder_deploy.settings.machines.model import GIB, MIB, Allocatable, Machine, UnknownMachineError

__all__ = ["CLOUDS", "GIB", "MIB", "Allocatable", "Machine", "UnknownMachineError", "machine"]

CLOUDS: Mapping[str, Callable[[str], Machine]] = {"gke": gce.machine, "eks": ec2.machine}
"""Kind of platform → how its machine types are looked up."""


def machine(platform: str, name: str) -> Machine:
    """The machine type called `name` on a platform of that kind. Raises `UnknownMachineError`."""
    return CLOUDS[platform](name)
