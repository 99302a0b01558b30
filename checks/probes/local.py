"""Facts that need no cluster."""

from __future__ import annotations

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.requests import Request, requests
from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.checks.facts import Capacity
from binder_deploy.settings.gke import Pools
from binder_deploy.settings.machines import machine
from binder_deploy.settings.model import Settings


def capacities(pools: Pools) -> dict[str, Capacity]:
    """What an empty node of each pool has for pods. Raises `UnknownMachineError`."""
    found = {}
    for role in ("core", "user", "build"):
        allocatable = machine(getattr(pools, role).machine).allocatable
        found[role] = Capacity(allocatable.millicpu / 1000, allocatable.memory, allocatable.pods)
    return found


def pod_requests(settings: Settings, charts: ChartSet) -> tuple[Request, ...]:
    """What the pods of these charts ask for. Raises `SettingsError` for values that a chart would not get."""
    given = values(settings, charts, NO_SECRETS, {})
    return requests(given.binder_service, given.traefik, given.cert_manager)


def kube_versions(charts: ChartSet) -> dict[str, str]:
    """Chart → the Kubernetes versions that it accepts, vendored charts too."""
    return {
        name: accepted
        for chart in (charts.binder_service, charts.traefik, charts.cert_manager)
        for name, accepted in chart.kube_versions.items()
    }
