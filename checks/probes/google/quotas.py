"""What the project's quotas leave, against what the deployment takes with every pool at its largest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from binder_deploy.checks.facts.account import Demand, Quota, QuotaKind
from binder_deploy.checks.probes.google.access import Google, asking
from binder_deploy.checks.probes.google.metrics import cpu_metrics, gpu_metric
from binder_deploy.checks.probes.google.own import Own, global_own, regional_own
from binder_deploy.checks.probes.google.sizes import vcpus
from binder_deploy.settings import gke_quotas as metric
from binder_deploy.settings.gke import Gke, GkePool, ManagedNetwork
from binder_deploy.settings.model import Settings

FIREWALL_RULES = 8
"""What GKE makes for a private cluster and one load balancer, about."""
HUB_DISK_GB = 1
_VIEWER = "roles/compute.viewer"
_UNITS: Mapping[QuotaKind, str] = {"cpu": "vCPU", "gpu": "GPU", "machine": "machines", "disk": "GB"}

_Limits: TypeAlias = Mapping[str, tuple[float, float]]
"""Metric → (limit, usage)."""
Wanted: TypeAlias = dict[tuple[QuotaKind, str], list[Demand]]
"""(kind, metric) → who takes how much."""


def regional(google: Google, settings: Settings, platform: Gke) -> tuple[Quota, ...]:
    """The region's quotas that the deployment draws on. Raises `NotAllowed`."""
    with asking("the region's quotas", _VIEWER, google.project):
        region = google.compute("RegionsClient").get(project=google.project, region=platform.region)
        limits = _limits(region.quotas)
        own = regional_own(google, settings, platform, limits)
        wanted = _regional(google, settings, platform, limits)
    return tuple(_quotas(google.project, platform.region, wanted, limits, own))


def everywhere(google: Google, settings: Settings, platform: Gke) -> tuple[Quota, ...]:
    """The project's quotas over all regions that the deployment draws on. Raises `NotAllowed`."""
    with asking("the project's quotas", _VIEWER, google.project):
        limits = _limits(google.compute("ProjectsClient").get(project=google.project).quotas)
        own = global_own(google, settings, platform)
        wanted = _global(google, platform)
    return tuple(_quotas(google.project, "all regions", wanted, limits, own))


def _regional(google: Google, settings: Settings, platform: Gke, limits: _Limits) -> Wanted:
    wanted: Wanted = defaultdict(list)
    for setting, pool in _pools(platform):
        size = vcpus(google, platform.zone, pool.machine)
        for name in cpu_metrics(pool.machine, pool.spot, limits):
            wanted["cpu", name].append(_demand(setting, pool, size))
        wanted["machine", "INSTANCES"].append(_demand(setting, pool, 1))
        wanted["disk", metric.DISKS[pool.disk_type]].append(_demand(setting, pool, pool.disk_gb))
        if pool.gpu:
            name = gpu_metric(pool.gpu.type, pool.spot, limits)
            wanted["gpu", name].append(_demand(setting, pool, pool.gpu.count))
    wanted["disk", metric.DISKS["pd-balanced"]].append(Demand(HUB_DISK_GB))
    wanted["address", "STATIC_ADDRESSES"].append(Demand(1))
    # The load balancer's, and the NAT's first.
    wanted["address", "IN_USE_ADDRESSES"].append(Demand(2 if isinstance(platform.network, ManagedNetwork) else 1))
    return wanted


def _global(google: Google, platform: Gke) -> Wanted:
    wanted: Wanted = defaultdict(list)
    for setting, pool in _pools(platform):
        wanted["cpu", metric.ALL_CPUS].append(_demand(setting, pool, vcpus(google, platform.zone, pool.machine)))
        if pool.gpu:
            wanted["gpu", metric.ALL_GPUS].append(_demand(setting, pool, pool.gpu.count))
    if isinstance(platform.network, ManagedNetwork):
        for name, count in (("NETWORKS", 1), ("SUBNETWORKS", 1), ("ROUTERS", 1), ("FIREWALLS", FIREWALL_RULES)):
            wanted["network", name].append(Demand(count))
    return wanted


def _pools(platform: Gke) -> Iterator[tuple[str, GkePool]]:
    """What sets a pool's largest size, and the pool."""
    pools = platform.pools
    for role, pool in (("core", pools.core), ("user", pools.user), ("build", pools.build)):
        yield f"platform.pools.{role}.max", pool


def _demand(setting: str, pool: GkePool, each: float) -> Demand:
    return Demand(each, pool.max, setting, max(1, pool.min))


def _limits(quotas: Iterable[Any]) -> _Limits:
    return {quota.metric: (quota.limit, quota.usage) for quota in quotas}


def _quotas(project: str, scope: str, wanted: Wanted, limits: _Limits, own: Own) -> Iterator[Quota]:
    more = f"https://console.cloud.google.com/iam-admin/quotas?project={project}"
    trial = ""
    if limits.get(metric.ALL_CPUS, (float("inf"), 0.0))[0] <= metric.FREE_TRIAL_CPUS:
        trial = " (this looks like a free trial, which cannot ask for more: upgrade the billing account first)"
    for (kind, name), demands in wanted.items():
        limit, used = limits.get(name, (None, 0.0))
        yield Quota(
            kind=kind,
            name=name,
            scope=scope,
            unit=_UNITS.get(kind, ""),
            limit=limit,
            used=max(0.0, used - own.get(name, 0.0)),
            demands=tuple(demands),
            more=f"{more}{trial}",
        )
