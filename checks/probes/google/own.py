"""What of the quotas the deployment itself uses already: it is part of what it needs, not of what others took.

Our machines and disks carry our label; where nothing does yet, everything here is nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from google.api_core.exceptions import NotFound

from binder_deploy.checks.probes.google.access import Google
from binder_deploy.checks.probes.google.metrics import cpu_metrics, gpu_metric
from binder_deploy.checks.probes.google.sizes import vcpus
from binder_deploy.settings import gke_quotas as metric
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL, Names

Own: TypeAlias = Mapping[str, float]
"""Metric → how much of it is ours."""


def regional_own(google: Google, settings: Settings, platform: Gke, limits: Mapping[str, Any]) -> Own:
    """Of the region's quotas. Raises google-api-core's exceptions."""
    used: Counter[str] = Counter()
    for machine in _machines(google, settings, platform):
        spot = machine.scheduling.provisioning_model == "SPOT"
        kind = _last(machine.machine_type)
        used["INSTANCES"] += 1
        for name in cpu_metrics(kind, spot, limits):
            used[name] += vcpus(google, platform.zone, kind)
        for gpu in machine.guest_accelerators:
            used[gpu_metric(_last(gpu.accelerator_type), spot, limits)] += gpu.accelerator_count
    mine = {"project": google.project, "filter": f"labels.{OWNER_LABEL}={settings.name}"}
    for disk in google.compute("DisksClient").list(request={**mine, "zone": platform.zone}):
        used[metric.DISKS.get(_last(disk.type_), "")] += disk.size_gb
    for address in google.compute("AddressesClient").list(request={**mine, "region": platform.region}):
        used["STATIC_ADDRESSES"] += 1
        used["IN_USE_ADDRESSES"] += address.status == "IN_USE"
    # The NAT's address belongs to its router, which has no labels.
    used["IN_USE_ADDRESSES"] += _has(google, "Routers", region=platform.region, router=Names(settings.name).router)
    return used


def global_own(google: Google, settings: Settings, platform: Gke) -> Own:
    """Of the quotas over all regions. Raises google-api-core's exceptions."""
    used: Counter[str] = Counter()
    for machine in _machines(google, settings, platform):
        used[metric.ALL_CPUS] += vcpus(google, platform.zone, _last(machine.machine_type))
        used[metric.ALL_GPUS] += sum(gpu.accelerator_count for gpu in machine.guest_accelerators)
    named, region = Names(settings.name), platform.region
    used["NETWORKS"] += _has(google, "Networks", network=named.network)
    used["SUBNETWORKS"] += _has(google, "Subnetworks", region=region, subnetwork=named.subnetwork)
    used["ROUTERS"] += _has(google, "Routers", region=region, router=named.router)
    rules = google.compute("FirewallsClient").list(project=google.project)
    used["FIREWALLS"] += sum(_last(rule.network) == named.network for rule in rules)
    return used


def _machines(google: Google, settings: Settings, platform: Gke) -> Any:
    request = {
        "project": google.project,
        "zone": platform.zone,
        "filter": f"labels.{OWNER_LABEL}={settings.name}",
    }
    return google.compute("InstancesClient").list(request=request)


def _has(google: Google, kind: str, **named: str) -> bool:
    try:
        google.compute(f"{kind}Client").get(project=google.project, **named)
    except NotFound:
        return False
    return True


def _last(path: str) -> str:
    return path.rpartition("/")[2]
