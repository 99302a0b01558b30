"""How much of a deployment runs: idle, at full load, and for a workshop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from binder_deploy.charts.values.placement import Role
from binder_deploy.settings.model import Settings, pools_of
from binder_deploy.stacks.cost.nodes import asked, core_nodes, servers_on_a_node

HOURS_A_MONTH = 730.0
"""A twelfth of a year, as the clouds count."""
AROUND_H = 1.0
"""Before and after a workshop: setting up, trying out, taking down."""
BUILD_H = 0.25
"""How long a build node runs for a workshop whose image is not built yet."""
ROLES: tuple[Role, ...] = ("core", "user", "build")


@dataclass(frozen=True)
class Workshop:
    """So many people, each with a server, for so long."""

    people: int = 30
    hours: float = 2.0


@dataclass(frozen=True)
class Running:
    """The nodes of one load."""

    name: str
    title: str
    hours: float
    """How long everything exists that is no node."""
    nodes: Mapping[Role, int]
    node_hours: Mapping[Role, float]


def running(settings: Settings, workshop: Workshop) -> tuple[Running, Running, Running]:
    """Idle and full for a month, and the workshop. Raises `SettingsError` for an unknown machine type."""
    pools, pods = pools_of(settings), asked(settings)
    core, on_a_node = core_nodes(settings, pods), servers_on_a_node(settings, pods)
    hours = workshop.hours + AROUND_H

    def user_nodes(servers: int) -> int:
        if not servers:
            return pools.user.min
        wanted = math.ceil(servers / on_a_node) if on_a_node else pools.user.max
        return max(pools.user.min, min(wanted, pools.user.max))

    # Places that are kept free take nodes, too, also when nobody is there.
    free = settings.hub.placeholders
    idle: dict[Role, int] = {"core": core, "user": user_nodes(free), "build": pools.build.min}
    full: dict[Role, int] = {"core": pools.core.max, "user": pools.user.max, "build": pools.build.max}
    busy: dict[Role, int] = {
        "core": core,
        "user": user_nodes(workshop.people + free),
        "build": max(pools.build.min, 1),
    }
    busy_hours = {role: busy[role] * hours for role in ROLES}
    if not pools.build.min:
        busy_hours["build"] = BUILD_H
    return (
        Running("idle", "idle/month", HOURS_A_MONTH, idle, _all(idle, HOURS_A_MONTH)),
        Running("full", "full/month", HOURS_A_MONTH, full, _all(full, HOURS_A_MONTH)),
        Running("workshop", f"{workshop.people} people, {workshop.hours:g} h", hours, busy, busy_hours),
    )


def places(settings: Settings) -> int:
    """Servers that the user pool holds at its largest."""
    return servers_on_a_node(settings, asked(settings)) * pools_of(settings).user.max


def _all(nodes: Mapping[Role, int], hours: float) -> dict[Role, float]:
    return {role: count * hours for role, count in nodes.items()}
