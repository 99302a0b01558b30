"""What lies between two sets of charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from binder_deploy.charts.bundle import Bundle
from binder_deploy.charts.lock import Lock, Locked
from binder_deploy.charts.resolve import Resolved
from binder_deploy.charts.versions import is_version, key, same


@dataclass(frozen=True)
class Move:
    """One chart that changes."""

    chart: str
    """A vendored one, too: `jupyterhub`."""
    before: str
    """Version; empty: it is new."""
    after: str
    """Version; empty: it goes."""

    @property
    def back(self) -> bool:
        """Whether it leads to an older version."""
        known = is_version(self.before) and is_version(self.after)
        return known and key(self.after) < key(self.before)


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Move, ...]:
    """Name → version, twice; what differs, in the order of the newer one."""
    names = [*after, *(name for name in before if name not in after)]
    every = (Move(name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(m for m in every if not same(m.before, m.after))


def versions(resolved: Resolved) -> dict[str, str]:
    """Chart, vendored ones too → version."""
    found: dict[str, str] = {}
    for archive in resolved.archives.values():
        found[archive.name] = archive.version
        found |= {name: version for name, version in archive.dependencies.items() if name != archive.name}
    return found


def brings_newer(shipped: Bundle, lock: Lock) -> bool:
    """Whether a bundle has something newer than the lock for charts that both name, and nothing older."""
    found = moves(
        {name: entry.version for name, entry in lock.archives.items() if name in shipped.charts},
        {name: chart.version for name, chart in shipped.charts.items() if name in lock.archives},
    )
    return bool(found) and not any(move.back for move in found)


def lock_of(resolved: Resolved) -> Lock:
    """The lock that holds exactly these archives. Stand-ins are never locked."""
    entries = (a for a in resolved.archives.values() if a.origin != "stand-in")
    return Lock(resolved.bundle, {a.name: Locked(a.name, a.version, a.sha256, a.source) for a in entries})
