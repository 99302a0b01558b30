"""Which quota counts a machine, as the region at hand counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binder_deploy.settings import gke_quotas as metric


def cpu_metrics(machine: str, spot: bool, limits: Mapping[str, tuple[float, Any]]) -> tuple[str, ...]:
    """The metrics that count the vCPUs of a machine type. `limits`: metric → (limit, …), as the region tells them.

    A family that is not in our table gets a name that no region tells: its quota cannot be asked there.
    """
    if spot and _granted(metric.SPOT_CPUS, limits):
        return (metric.SPOT_CPUS,)
    family = machine.partition("-")[0]
    first, *others = metric.CPUS.get(family, (f"{family.upper()}_CPUS",))
    # A family may have a metric of its own in some regions only.
    return (first, *(name for name in others if name in limits))


def gpu_metric(accelerator: str, spot: bool, limits: Mapping[str, tuple[float, Any]]) -> str:
    """The metric that counts an accelerator; of one that is not in our table, its own name."""
    name = metric.GPUS.get(accelerator, accelerator)
    preemptible = f"PREEMPTIBLE_{name}"
    return preemptible if spot and _granted(preemptible, limits) else name


def _granted(name: str, limits: Mapping[str, tuple[float, Any]]) -> bool:
    """Spot machines draw on a quota of theirs only once there is one."""
    return limits.get(name, (0.0, None))[0] > 0
