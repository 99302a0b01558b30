"""Facts that need no cluster."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.requests import SYSTEM_ON_A_NODE, SYSTEM_ONCE, Request, requests
from binder_deploy.charts.values.quantities import number
from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import existing as e
from binder_deploy.checks.facts import living
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.rules.tools import AUTH_HELPERS
from binder_deploy.settings.choices import brings_cert_manager, door
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.leftovers import Leftover, Sweep
from binder_deploy.settings.machines import machine
from binder_deploy.settings.model import Settings, pools_of

PODS_ON_A_NODE = 110
"""Unless its kubelet is told otherwise."""


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
        f.AUTH_HELPER: Probe(lambda: auth_helper(settings), "simulated" if given.simulated else "observed"),
        f.CAPACITIES: Probe(lambda: capacities(settings)),
    }
    if charts:
        found[f.CHART_VERSIONS] = Probe(lambda: dict(charts.binder_service.dependencies))
        found[f.CHART_KUBE_VERSIONS] = Probe(lambda: kube_versions(charts))
        found[f.REQUESTS] = Probe(lambda: pod_requests(settings, charts))
    if tools is not None:
        found[f.TOOLS] = Probe(lambda: dict(tools))
    if address:
        found[f.ADDRESS] = Probe(lambda: address)
    if given.kubeconfig is None:
        # There is no cluster yet.
        found[e.IN_THE_WAY] = Probe(lambda: ())
        found[living.MINORS] = Probe(lambda: None)
    if leftovers:
        # A sweep asks a dozen APIs, page by page.
        found[f.LEFTOVERS] = Probe(lambda: _sweep(leftovers()), timeout_s=120)
    return found


def auth_helper(settings: Settings) -> str | None:
    """Where the program is that logs in to the settings' kind of cluster, if it needs one and it is there."""
    helper = AUTH_HELPERS.get(settings.platform.kind)
    return shutil.which(helper) if helper else None


def capacities(settings: Settings) -> dict[str, f.Capacity]:
    """What an empty node of each pool has for pods. Raises `UnknownMachineError`, and `TypeError` for a cluster whose
    nodes are not ours to make, unless the settings tell their size."""
    if isinstance(settings.platform, Existing) and (size := settings.platform.node_size):
        told = f.Capacity(size.cpu, number(size.memory), PODS_ON_A_NODE)
        return dict.fromkeys(("core", "user", "build"), told)
    pools, found = pools_of(settings), {}
    for role in ("core", "user", "build"):
        allocatable = machine(settings.platform.kind, getattr(pools, role).machine).allocatable
        found[role] = f.Capacity(allocatable.millicpu / 1000, allocatable.memory, allocatable.pods)
    return found


def pod_requests(settings: Settings, charts: ChartSet) -> tuple[Request, ...]:
    """What the pods of these charts ask for. Raises `SettingsError` for values that a chart would not get."""
    given = values(settings, charts, NO_SECRETS, {})
    found = requests(given.binder_service, given.traefik, given.cert_manager, given.platform)
    if not isinstance(settings.platform, Existing):
        return found
    # What is there already has its place already, and the system's own pods are another cloud's.
    absent = {SYSTEM_ON_A_NODE.pod, SYSTEM_ONCE.pod}
    absent |= {"traefik"} if door(settings) == "theirs" else set()
    absent |= set() if brings_cert_manager(settings) else {r.pod for r in found if r.pod.startswith("cert-manager")}
    return tuple(r for r in found if r.pod not in absent)


def kube_versions(charts: ChartSet) -> dict[str, str]:
    """Chart → the Kubernetes versions that it accepts, vendored charts too."""
    return {name: accepted for chart in charts.all for name, accepted in chart.kube_versions.items()}


def _sweep(found: Sweep | Sequence[Leftover]) -> Sweep:
    return found if isinstance(found, Sweep) else Sweep(tuple(found))
