"""What is asked for against what the pools can give, before anything exists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from binder_deploy.charts.requests import SYSTEM_ON_A_NODE, Request
from binder_deploy.charts.values.placement import Role
from binder_deploy.charts.values.quantities import number
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.units import cores, gib
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings, pools_of

LEAST_BUILD_DISK_GB = 50
"""Below, one scientific image with its layers and cache fills the disk (mybinder.org: DiskPressure, lost builds)."""
GOOD_BUILD_DISK_GB = 100
_THEIRS = Skipped("not applicable", "the cluster's nodes are there already, and not ours to choose")


@dataclass(frozen=True)
class _Size:
    """CPU in cores, memory in bytes, and a number of pods."""

    cpu: float = 0
    memory: float = 0
    pods: int = 0

    def __add__(self, other: _Size) -> _Size:
        return _Size(self.cpu + other.cpu, self.memory + other.memory, self.pods + other.pods)

    def __sub__(self, other: _Size) -> _Size:
        return _Size(self.cpu - other.cpu, self.memory - other.memory, self.pods - other.pods)

    def __mul__(self, times: int) -> _Size:
        return _Size(self.cpu * times, self.memory * times, self.pods * times)

    def holds(self, other: _Size) -> bool:
        return self.cpu >= other.cpu and self.memory >= other.memory and self.pods >= other.pods

    def __str__(self) -> str:
        return f"{cores(self.cpu)} and {gib(self.memory)}"


def server_fits(facts: Facts) -> Verdict:
    """One person's server finds room on an empty user node."""
    settings = facts[f.SETTINGS]
    machine, larger = _node(settings, "user")
    server, free = _on_demand(facts, "user"), _free(facts, "user")
    if not free.holds(server):
        return Failed(
            f"hub.server: a server is promised {server}, but an empty {machine} has {free}: none could ever start",
            f"{larger}, or lower hub.server.cpu_guarantee and hub.server.memory_guarantee",
        )
    if number(settings.hub.server.memory_limit) > free.memory:
        return Warned(
            f"hub.server.memory_limit is above the {gib(free.memory)} that a {machine} has for servers: one of them "
            "may push its neighbours off the node",
            f"lower hub.server.memory_limit, or {larger}",
        )
    return Passed(f"a server is promised {server} of the {free} on a {machine}")


def build_fits(facts: Facts) -> Verdict:
    """The daemon and one build find room on a build node, and the daemon's limit lies below the node's size."""
    settings = facts[f.SETTINGS]
    machine, larger = _node(settings, "build")
    build, free = _on_demand(facts, "build"), _free(facts, "build")
    limit = number(settings.binder.builds.daemon.memory_limit)
    node = facts[f.CAPACITIES]["build"].memory
    if not free.holds(build):
        return Failed(
            f"binder.builds: beside the daemon, an empty {machine} has {free} left, but a build wants {build}: builds "
            "would wait for ever",
            f"{larger}, or lower the guarantees of binder.builds.daemon and binder.builds.repo2docker",
        )
    if limit > node:
        return Failed(
            f"binder.builds.daemon.memory_limit is {gib(limit)}, but a {machine} has {gib(node)} for pods: a large "
            "build takes the node down with every build on it",
            f"lower binder.builds.daemon.memory_limit, or {larger}",
        )
    return Passed(f"builds may use {gib(limit)} of the {gib(node)} on a {machine}")


def core_fits(facts: Facts) -> Verdict:
    """Everything that makes up the service finds room in the core pool."""
    settings, free = facts[f.SETTINGS], _free(facts, "core")
    machine, remedy = _node(settings, "core")
    where = "platform.nodes.core" if isinstance(settings.platform, Existing) else "platform.pools.core.machine"
    pods = [r for r in facts[f.REQUESTS] if r.pool == "core" and r.count == "fixed"]
    for pod in pods:
        if not free.holds(_size(pod)):
            return Failed(
                f"{where}: {pod.pod} asks for {_size(pod)}, but an empty {machine} has {free} for it",
                remedy,
            )
    if isinstance(settings.platform, Existing):
        return Passed(
            f"each of {len(pods)} kinds of pod fits an empty {machine}; how many there are is not ours to say"
        )
    pool = settings.platform.pools.core
    wanted = _sum(_size(pod) * pod.replicas for pod in pods)
    asked = f"{wanted.pods} pods ask for {wanted}"
    nodes = next((n for n in range(pool.min, pool.max + 1) if (free * n).holds(wanted)), None)
    if nodes is None:
        return Failed(
            f"platform.pools.core: {asked}, more than {pool.max} nodes ({pool.machine}) can give",
            f"{remedy}, or platform.pools.core.max",
        )
    if nodes > pool.min:
        return Warned(
            f"platform.pools.core: {asked}, which needs {nodes} nodes from the start (min is {pool.min})",
            f"set platform.pools.core.min to {nodes}, so that `up` need not wait for the autoscaler",
        )
    return Passed(f"{asked}; room on {nodes} x {pool.machine}")


def enough_for_everybody(facts: Facts) -> Verdict:
    """The user pool at its largest holds as many servers as BinderHub lets people start."""
    settings = facts[f.SETTINGS]
    if isinstance(settings.platform, Existing):
        return _THEIRS
    pool, wanted = settings.platform.pools.user, settings.binder.max_servers
    server, free = _on_demand(facts, "user"), _free(facts, "user")
    places = max(0, int(min(free.cpu // server.cpu, free.memory // server.memory, free.pods))) * pool.max
    if places < wanted:
        return Warned(
            f"binder.max_servers is {wanted}, but {pool.max} nodes ({pool.machine}) hold {places}: the rest would "
            "see a launch that times out instead of a refusal",
            f"set binder.max_servers to {places}, or raise platform.pools.user.max",
        )
    return Passed(f"{places} places for {wanted} servers")


def guarantees_below_limits(facts: Facts) -> Verdict:
    """No container is promised more memory than it may use: Kubernetes refuses such a pod."""
    settings = facts[f.SETTINGS]
    parts = {
        "hub.server": settings.hub.server,
        "binder.builds.repo2docker": settings.binder.builds.repo2docker,
        "binder.builds.daemon": settings.binder.builds.daemon,
    }
    wrong = [path for path, r in parts.items() if number(r.memory_guarantee) > number(r.memory_limit)]
    if wrong:
        return Failed(
            f"{', '.join(wrong)}: memory_guarantee is above memory_limit; Kubernetes refuses such a pod",
            "raise memory_limit or lower memory_guarantee there",
        )
    return Passed()


def build_disk(facts: Facts) -> Verdict:
    """A build node's disk holds layers, cache and images."""
    settings = facts[f.SETTINGS]
    if isinstance(settings.platform, Existing):
        return _THEIRS
    size = settings.platform.pools.build.disk_gb
    remedy = f"set platform.pools.build.disk_gb to {GOOD_BUILD_DISK_GB} or more"
    if size < LEAST_BUILD_DISK_GB:
        return Failed(f"platform.pools.build.disk_gb: {size} GB fill up within a few builds", remedy)
    if size < GOOD_BUILD_DISK_GB:
        return Warned(f"platform.pools.build.disk_gb: {size} GB leave little room for cached layers", remedy)
    return Passed(f"{size} GB")


def _node(settings: Settings, role: Role) -> tuple[str, str]:
    """What a node in this role is called, and how to have larger ones."""
    if isinstance(settings.platform, Existing):
        return "node", f"choose larger nodes by platform.nodes.{role} (and say so in platform.node_size)"
    return str(getattr(pools_of(settings), role).machine), f"raise platform.pools.{role}.machine"


def _size(request: Request) -> _Size:
    """Of one pod."""
    return _Size(request.cpu, request.memory, 1)


def _sum(sizes: Iterable[_Size]) -> _Size:
    return sum(sizes, _Size())


def _free(facts: Facts, pool: str) -> _Size:
    """What an empty node of the pool has left beside the pods that run on each of its nodes."""
    node = facts[f.CAPACITIES][pool]
    # GKE's own agents run on the nodes of every pool.
    everywhere = [r for r in facts[f.REQUESTS] if r.count == "per-node" and (r.pool == pool or r == SYSTEM_ON_A_NODE)]
    return _Size(node.cpu, node.memory, node.pods) - _sum(map(_size, everywhere))


def _on_demand(facts: Facts, pool: str) -> _Size:
    """What one server, or one build, asks for."""
    (request,) = [r for r in facts[f.REQUESTS] if r.pool == pool and r.count == "on-demand"]
    return _size(request)
