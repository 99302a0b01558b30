"""What the account's quotas leave in the region, against what the deployment takes with every pool at its largest.

What carries our tag, or our cluster's, is part of what the deployment needs, not of what others took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from binder_deploy.checks.facts.account import Demand, Quota, QuotaKind
from binder_deploy.checks.probes.aws.access import Aws, asking, code
from binder_deploy.checks.probes.aws.shapes import Shape, shapes
from binder_deploy.checks.probes.aws.used import USED, Count, used_vcpus
from binder_deploy.settings import eks_quotas as q
from binder_deploy.settings.eks import Eks, ManagedVpc
from binder_deploy.settings.eks_names import POOLS, roles
from binder_deploy.settings.machines import UnknownMachineError
from binder_deploy.settings.machines.ec2 import machine
from binder_deploy.settings.model import Settings
from binder_deploy.settings.pools import Pool

HUB_DISK_GB = 1
INTERFACES_OF_A_NODE = 2
"""Its own, and the one that the VPC CNI keeps at hand for pods."""
OTHER_INTERFACES = 6
"""The control plane's, the NAT's, the load balancer's, about."""
SECURITY_GROUPS = 3
"""The cluster's, and the load balancer's two."""
_GIB_IN_TIB = 1024

Wanted: TypeAlias = dict[tuple[QuotaKind, q.Code], list[Demand]]


def regional(aws: Aws, settings: Settings, platform: Eks) -> tuple[Quota, ...]:
    """The region's quotas that the deployment draws on. Raises `NotAllowed`."""
    pools = {role: getattr(platform.pools, role) for role in POOLS}
    known = shapes(aws, {pool.machine for pool in pools.values()})
    wanted: Wanted = defaultdict(list)
    untold = []
    for role, pool in pools.items():
        setting = f"platform.pools.{role}.max"
        counted = q.vcpus(pool.machine, pool.spot)
        demand = _demand(setting, pool, _vcpus(pool.machine, known))
        kind: QuotaKind = "gpu" if pool.gpu else "cpu"
        if counted is None:
            untold.append(_untold(aws, pool, kind, demand))
        else:
            wanted[kind, counted].append(demand)
        wanted["disk", q.DISKS].append(_demand(setting, pool, pool.disk_gb / _GIB_IN_TIB))
        wanted["network", q.INTERFACES].append(_demand(setting, pool, INTERFACES_OF_A_NODE))
    for (kind, counted), each in _fixed(settings, platform):
        wanted[kind, counted].append(Demand(each))
    used: dict[q.Code, float] = dict(used_vcpus(aws, settings))
    return (*untold, *(_quota(aws, settings, platform, *at, demands, used) for at, demands in wanted.items()))


def everywhere(aws: Aws, settings: Settings) -> tuple[Quota, ...]:
    """What is counted over all regions: roles. Raises `NotAllowed`."""
    ours = set(roles(settings))
    with asking("the number of roles", "iam:GetAccountSummary and iam:ListRoles"):
        summary = aws.client("iam").get_account_summary()["SummaryMap"]
        made = sum(role["RoleName"] in ours for role in aws.pages("iam", "list_roles", "Roles"))
    return (
        Quota(
            kind="cluster",
            name="IAM roles",
            scope="all regions",
            unit="",
            limit=float(summary["RolesQuota"]),
            used=float(summary["Roles"] - made),
            demands=(Demand(len(ours)),),
            more=_more(aws.home, q.Code("iam", "L-FE177D64", "IAM roles")),
        ),
    )


def _fixed(settings: Settings, platform: Eks) -> Iterator[tuple[tuple[QuotaKind, q.Code], float]]:
    """What no pool's size changes."""
    managed = isinstance(platform.network, ManagedVpc)
    yield ("disk", q.DISKS), HUB_DISK_GB / _GIB_IN_TIB
    # The service's, and the NAT's.
    yield ("address", q.ADDRESSES), 2 if managed else 1
    yield ("network", q.INTERFACES), OTHER_INTERFACES
    yield ("network", q.SECURITY_GROUPS), SECURITY_GROUPS
    if managed:
        for counted in (q.VPCS, q.GATEWAYS, q.NATS):
            yield ("network", counted), 1
    yield ("cluster", q.CLUSTERS), 1
    yield ("cluster", q.BALANCERS), 1


def _quota(
    aws: Aws,
    settings: Settings,
    platform: Eks,
    kind: QuotaKind,
    counted: q.Code,
    demands: list[Demand],
    used: Mapping[q.Code, float],
) -> Quota:
    count: Count | None = USED.get(counted)
    return Quota(
        kind=kind,
        name=counted.name,
        scope=platform.zone if counted is q.NATS else aws.region,
        unit={"cpu": "vCPU", "gpu": "vCPU", "disk": "TiB"}.get(kind, ""),
        limit=_limit(aws, counted),
        used=round(count(aws, settings, platform) if count else used.get(counted, 0.0), 3),
        demands=tuple(demands),
        more=_more(aws.region, counted),
    )


def _limit(aws: Aws, counted: q.Code) -> float | None:
    """The account's own, or AWS's for everybody; `None` where neither is told."""
    client, asked = aws.client("service-quotas"), {"ServiceCode": counted.service, "QuotaCode": counted.code}
    ways: tuple[tuple[str, Callable[..., Any]], ...] = (
        ("servicequotas:GetServiceQuota", client.get_service_quota),
        ("servicequotas:GetAWSDefaultServiceQuota", client.get_aws_default_service_quota),
    )
    for action, ask in ways:
        try:
            with asking("the quotas", action):
                return float(ask(**asked)["Quota"]["Value"])
        except ClientError as error:
            if code(error) != "NoSuchResourceException":
                raise
    return None


def _vcpus(name: str, known: Mapping[str, Shape]) -> int:
    """As EC2 tells, or from our table for a type that this region has not."""
    if name in known:
        return known[name].vcpus
    try:
        return machine(name).vcpus
    except UnknownMachineError as error:
        raise LookupError(f"{name}: the region has no such instance type") from error


def _demand(setting: str, pool: Pool, each: float) -> Demand:
    return Demand(each, pool.max, setting, max(1, pool.min))


def _untold(aws: Aws, pool: Pool, kind: QuotaKind, demand: Demand) -> Quota:
    """Of a family whose quota is not in our table."""
    name = f"{'spot' if pool.spot else 'on-demand'} {q.group(pool.machine)} vCPUs"
    more = f"https://{aws.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas"
    return Quota(kind, name, aws.region, "vCPU", None, 0.0, (demand,), more)


def _more(region: str, counted: q.Code) -> str:
    page = f"https://{region}.console.aws.amazon.com/servicequotas/home/services/{counted.service}/quotas"
    return f"{page}/{counted.code}"
