"""How many nodes the pods need: by what they ask for, as Kubernetes places them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from binder_deploy.charts import bundle
from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.requests import SYSTEM_ON_A_NODE, Request, requests
from binder_deploy.charts.values.placement import Role
from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.machines import Machine, UnknownMachineError, machine
from binder_deploy.settings.model import Settings, pools_of

NEWER_THAN_ALL = "9999.0.0"
"""Of a chart whose version is known once it lies here: what pods ask for does not depend on it."""


@dataclass(frozen=True)
class Room:
    """What an empty node of a pool has left for what is not on every node."""

    cpu: float
    memory: float
    pods: int

    def holds(self, pod: Request) -> int:
        """How many pods of that size fit."""
        return max(0, int(min(self.cpu / pod.cpu, self.memory / pod.memory, self.pods)))


def asked(settings: Settings) -> tuple[Request, ...]:
    """What the pods of the shipped charts ask for. Raises `SettingsError` for values that no chart would get."""
    given = values(settings, _shipped_charts(), NO_SECRETS, {})
    return requests(given.binder_service, given.traefik, given.cert_manager, given.platform)


def machine_of(settings: Settings, role: Role) -> Machine:
    """The machine type of a pool. Raises `SettingsError` for one that is not known."""
    try:
        return machine(settings.platform.kind, getattr(pools_of(settings), role).machine)
    except UnknownMachineError as error:
        raise SettingsError.one(f"platform.pools.{role}.machine", str(error)) from None


def core_nodes(settings: Settings, pods: Sequence[Request]) -> int:
    """Core nodes that everything that makes up the service needs; between the pool's `min` and `max`."""
    pool, room = pools_of(settings).core, _room(settings, "core", pods)
    fixed = [pod for pod in pods if pod.pool == "core" and pod.count == "fixed"]
    cpu, memory = sum(p.cpu * p.replicas for p in fixed), sum(p.memory * p.replicas for p in fixed)
    count = sum(p.replicas for p in fixed)

    def holds(nodes: int) -> bool:
        return room.cpu * nodes >= cpu and room.memory * nodes >= memory and room.pods * nodes >= count

    return next((n for n in range(pool.min, pool.max) if holds(n)), pool.max)


def servers_on_a_node(settings: Settings, pods: Sequence[Request]) -> int:
    """Servers that one user node holds."""
    (server,) = [pod for pod in pods if pod.pool == "user" and pod.count == "on-demand"]
    held = _room(settings, "user", pods).holds(server)
    gpus = settings.hub.gpus
    if not gpus:
        return held
    chosen = pools_of(settings).user.gpu
    there = machine_of(settings, "user").gpus or (chosen.count if chosen else 0)
    return min(held, there // gpus)


def _room(settings: Settings, role: Role, pods: Sequence[Request]) -> Room:
    left = machine_of(settings, role).allocatable
    everywhere = [p for p in pods if p.count == "per-node" and (p.pool == role or p == SYSTEM_ON_A_NODE)]
    return Room(
        left.millicpu / 1000 - sum(p.cpu for p in everywhere),
        left.memory - sum(p.memory for p in everywhere),
        left.pods - len(everywhere),
    )


@cache
def _shipped_charts() -> ChartSet:
    charts = bundle.load().charts

    def chart(name: str, version: str, **vendored: str) -> LocalChart:
        return LocalChart(name, version, "", "stand-in", "", vendored)

    binderhub = charts["binderhub"].version
    return ChartSet(
        chart("binder-service", "0.0.0", binderhub=binderhub, jupyterhub=NEWER_THAN_ALL),
        chart("traefik", charts["traefik"].version),
        chart("cert-manager", charts["cert-manager"].version),
    )
