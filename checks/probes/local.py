"""Facts that need no cluster."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.requests import Request, requests
from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.rules.tools import AUTH_HELPER
from binder_deploy.settings.gke import Pools
from binder_deploy.settings.leftovers import Leftover, Sweep
from binder_deploy.settings.machines import machine
from binder_deploy.settings.model import Settings


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """A probe for each fact that what is given holds already."""
    settings, charts, tools, address, leftovers = (
        given.settings,
        given.charts,
        given.tools,
        given.address,
        given.leftovers,
    )
    found: dict[Key[Any], Probe[Any]] = {
        f.SETTINGS: Probe(lambda: settings),
        f.AUTH_HELPER: Probe(lambda: shutil.which(AUTH_HELPER), "simulated" if given.simulated else "observed"),
        f.CAPACITIES: Probe(lambda: capacities(settings.platform.pools)),
    }
    if charts:
        found[f.CHART_VERSIONS] = Probe(lambda: dict(charts.binder_service.dependencies))
        found[f.CHART_KUBE_VERSIONS] = Probe(lambda: kube_versions(charts))
        found[f.REQUESTS] = Probe(lambda: pod_requests(settings, charts))
    if tools is not None:
        found[f.TOOLS] = Probe(lambda: dict(tools))
    if address:
        found[f.ADDRESS] = Probe(lambda: address)
    if leftovers:
        # A sweep asks a dozen APIs, page by page.
        found[f.LEFTOVERS] = Probe(lambda: _sweep(leftovers()), timeout_s=120)
    return found


def capacities(pools: Pools) -> dict[str, f.Capacity]:
    """What an empty node of each pool has for pods. Raises `UnknownMachineError`."""
    found = {}
    for role in ("core", "user", "build"):
        allocatable = machine(getattr(pools, role).machine).allocatable
        found[role] = f.Capacity(allocatable.millicpu / 1000, allocatable.memory, allocatable.pods)
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


def _sweep(found: Sweep | Sequence[Leftover]) -> Sweep:
    return found if isinstance(found, Sweep) else Sweep(tuple(found))
