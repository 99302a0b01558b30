"""What still exists, or still costs, after `down`: one shape for every platform, the rehearsal included."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Leftover:
    """One thing that the teardown should have removed."""

    kind: str
    """What it is, in the cloud's or cluster's own word, singular: `disk`, `forwarding rule`, `PersistentVolume`."""
    name: str
    """Its name, as the cloud or the cluster shows it."""
    reason: str
    """Why it counts as ours, and whether it still costs: `label binder-deploy=demo; billed by the GB`."""
    command: str
    """The command that removes it, to paste; empty if there is none."""
    id: str = ""
    """As the cloud numbers it, where that is not its name."""
    called: str = ""
    """Its tag `Name`, where the cloud numbers its things."""


@dataclass(frozen=True)
class Unasked:
    """A kind of thing that could not be listed: nothing is known about it, least of all that none is left."""

    kind: str
    why: str
    """What the cloud answered, in one line: `403: permission compute.disks.list denied`."""


@dataclass(frozen=True)
class Sweep:
    """What a search for leftovers found, and what it could not ask."""

    found: tuple[Leftover, ...] = ()
    unasked: tuple[Unasked, ...] = ()

    def without(self, names: Collection[str]) -> Sweep:
        """The same without things of these names."""
        return Sweep(tuple(item for item in self.found if item.name not in names), self.unasked)


Sweeper = Callable[[], Sweep | Sequence[Leftover]]
"""Looks for leftovers when called; a plain sequence means that every kind could be asked."""
