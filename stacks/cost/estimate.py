"""From settings to what they cost: everything that the program makes and a cloud bills, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from binder_deploy.settings.eks import Eks, ManagedVpc
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke, GkePool, ManagedNetwork
from binder_deploy.settings.model import Settings, pools_of
from binder_deploy.settings.pools import Pool
from binder_deploy.settings.registry import ArtifactRegistry, Ecr, InClusterRegistry
from binder_deploy.stacks.cost.machines import hourly
from binder_deploy.stacks.cost.model import ByUse, Estimate, Line, Load
from binder_deploy.stacks.cost.nodes import machine_of
from binder_deploy.stacks.cost.prices import Price, Row, Table
from binder_deploy.stacks.cost.running import (
    AROUND_H,
    BUILD_H,
    HOURS_A_MONTH,
    ROLES,
    Running,
    Workshop,
    places,
    running,
)

NAT_MACHINES = 32
"""Google's NAT costs the same from so many machines on."""
CREDIT = "credit: one zonal cluster is free"


def estimate(settings: Settings, rows: Sequence[Row], workshop: Workshop = Workshop()) -> Estimate:
    """What these settings cost at the prices in `rows`. Raises `SettingsError` for settings that cannot be sized."""
    platform = settings.platform
    if isinstance(platform, Existing):
        note = "The cluster is there already: nothing is provisioned, its nodes and disks are billed where they are."
        return Estimate(platform.where, (), notes=(note,))
    table = Table("google" if isinstance(platform, Gke) else "aws", platform.region, rows)
    loads = tuple(
        Load(ran.name, ran.title, ran.hours, tuple(_lines(settings, table, ran))) for ran in running(settings, workshop)
    )
    where = "google" if isinstance(platform, Gke) else "aws"
    return Estimate(f"{where}, {platform.region}", loads, _by_use(settings, table), tuple(_notes(settings, workshop)))


def _lines(settings: Settings, table: Table, ran: Running) -> Iterator[Line]:
    yield Line("control plane", 1, ran.hours, table.price("control-plane"))
    if isinstance(settings.platform, Gke) and settings.platform.control_plane == "zonal":
        yield _credit(table, ran)
    yield from _nodes(settings, table, ran)
    yield from _disks(settings, table, ran)
    yield from _network(settings, table, ran)


def _credit(table: Table, ran: Running) -> Line:
    """Google takes the fee of one zonal cluster off a billing account, up to a sum a month."""
    fee, credit = table.price("control-plane"), table.price("control-plane-credit")
    if not fee or not credit:
        return Line(CREDIT, 1, -1, None)
    taken = min(credit.usd, fee.usd * ran.hours)
    return Line(CREDIT, 1, -taken / credit.usd, credit)


def _nodes(settings: Settings, table: Table, ran: Running) -> Iterator[Line]:
    for role in ROLES:
        pool: Pool = getattr(pools_of(settings), role)
        spot = ", spot" if pool.spot else ""
        price = hourly(table, machine_of(settings, role), spot=pool.spot)
        yield Line(f"{role}: {pool.machine}{spot}", ran.nodes[role], ran.node_hours[role], price)
        if pool.gpu and isinstance(settings.platform, Gke):
            # On Amazon's machines they are part of the type.
            each = pool.gpu.count
            price = table.price(f"gpu:{pool.gpu.type}{':spot' if pool.spot else ''}")
            yield Line(f"{pool.gpu.type}{spot}", ran.nodes[role] * each, ran.node_hours[role] * each, price)


def _disks(settings: Settings, table: Table, ran: Running) -> Iterator[Line]:
    usual = "pd-balanced" if isinstance(settings.platform, Gke) else "gp3"
    pools = {role: getattr(pools_of(settings), role) for role in ROLES}
    kinds = {role: pool.disk_type if isinstance(pool, GkePool) else usual for role, pool in pools.items()}
    for kind in dict.fromkeys(kinds.values()):
        on = [role for role in ROLES if kinds[role] == kind]
        there = sum(pools[role].disk_gb * ran.nodes[role] for role in on)
        billed = sum(pools[role].disk_gb * ran.node_hours[role] for role in on) / HOURS_A_MONTH
        yield Line(f"disks, GB {kind}", there, billed, table.price(f"disk:{kind}"))
    # A class of the operator's own may be any kind of disk.
    kind = f"class {settings.hub.storage_class}" if settings.hub.storage_class else usual
    size = settings.hub.database_gb
    yield Line(f"hub's database, GB {kind}", size, size * ran.hours / HOURS_A_MONTH, table.price(f"disk:{kind}"))
    if isinstance(settings.registry, InClusterRegistry):
        size = settings.registry.disk_gb
        yield Line(f"registry's images, GB {kind}", size, size * ran.hours / HOURS_A_MONTH, table.price(f"disk:{kind}"))
    if settings.monitoring:
        size = settings.monitoring.disk_gb
        yield Line(f"measurements, GB {kind}", size, size * ran.hours / HOURS_A_MONTH, table.price(f"disk:{kind}"))


def _network(settings: Settings, table: Table, ran: Running) -> Iterator[Line]:
    platform = settings.platform
    addresses = 0
    if isinstance(platform, Gke) and isinstance(platform.network, ManagedNetwork):
        machines = min(NAT_MACHINES, sum(ran.nodes.values()))
        billed = min(NAT_MACHINES * ran.hours, sum(ran.node_hours.values()))
        yield Line("NAT, by nodes", machines, billed, table.price("nat-vm"))
        addresses += 1
    if isinstance(platform, Eks):
        if isinstance(platform.network, ManagedVpc):
            yield Line("NAT", 1, ran.hours, table.price("nat"))
            addresses += 1
        addresses += 1  # the load balancer's; Google's costs nothing as long as a forwarding rule has it
    yield Line("load balancer", 1, ran.hours, table.price("load-balancer"))
    if addresses:
        yield Line("public addresses", addresses, addresses * ran.hours, table.price("address"))


def _by_use(settings: Settings, table: Table) -> tuple[ByUse, ...]:
    platform, priced = settings.platform, table.price
    ours = isinstance(getattr(platform, "network", None), ManagedNetwork | ManagedVpc)
    uses: dict[str, Price | None] = {}
    if isinstance(settings.registry, ArtifactRegistry | Ecr):
        uses[f"images in the registry, kept for {settings.registry.keep_days} days"] = priced("registry")
    if ours:
        uses["traffic through the NAT"] = priced("nat-data")
    uses["traffic through the load balancer"] = priced("load-balancer-data")
    uses["traffic to the internet"] = priced("egress")
    uses["logs"] = priced("logs")
    return tuple(ByUse(what, price) for what, price in uses.items())


def _notes(settings: Settings, workshop: Workshop) -> Iterator[str]:
    yield (
        f"Workshop: a server for each of {workshop.people} people, {workshop.hours:g} hours and {AROUND_H:g} around "
        f"them; a build node for {BUILD_H * 60:g} minutes."
    )
    held, allowed = places(settings), settings.binder.max_servers
    if workshop.people > held:
        yield f"The user pool holds {held} servers at the most (platform.pools.user.max), not {workshop.people}."
    if workshop.people > allowed:
        yield f"binder.max_servers lets {allowed} people in at one time, not {workshop.people}."
    if isinstance(settings.platform, Gke) and settings.platform.control_plane == "zonal":
        yield "The credit is there once for each billing account, for one zonal cluster."
