"""Which probe answers for which fact."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from binder_deploy.charts.model import ChartSet
from binder_deploy.checks import facts as f
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes import local
from binder_deploy.checks.rules.tools import AUTH_HELPER
from binder_deploy.settings.leftovers import Leftover, Sweep, Sweeper
from binder_deploy.settings.model import Settings


def probes_for(
    kubeconfig: Path | None,
    settings: Settings,
    leftovers: Sweeper | None = None,
    tools: Mapping[str, str | None] | None = None,
    *,
    simulated: bool,
    charts: ChartSet | None = None,
    address: str | None = None,
) -> dict[Key[Any], Probe[Any]]:
    """The probes that what is given allows; a check whose facts have none says that they were not asked.

    `kubeconfig`: the cluster, once there is one. `leftovers`: looks for them when called. `tools`: pinned tool →
    where it is. `simulated`: this is a rehearsal. `charts`: what is installed. `address`: the
    reserved IP address. Raises what the Kubernetes client raises for an unusable kubeconfig.
    """
    probes: dict[Key[Any], Probe[Any]] = {
        f.SETTINGS: Probe(lambda: settings),
        f.AUTH_HELPER: Probe(lambda: shutil.which(AUTH_HELPER), "simulated" if simulated else "observed"),
        f.CAPACITIES: Probe(lambda: local.capacities(settings.platform.pools)),
    }
    if charts:
        probes[f.CHART_VERSIONS] = Probe(lambda: dict(charts.binder_service.dependencies))
        probes[f.CHART_KUBE_VERSIONS] = Probe(lambda: local.kube_versions(charts))
        probes[f.REQUESTS] = Probe(lambda: local.pod_requests(settings, charts))
    if tools is not None:
        probes[f.TOOLS] = Probe(lambda: dict(tools))
    if address:
        probes[f.ADDRESS] = Probe(lambda: address)
    if leftovers:
        # A sweep asks a dozen APIs, page by page.
        probes[f.LEFTOVERS] = Probe(lambda: _sweep(leftovers()), timeout_s=120)
    if kubeconfig:
        # Here, not above: importing the Kubernetes client takes most of a second.
        from binder_deploy.checks.probes.cluster import cluster_probes

        probes |= cluster_probes(kubeconfig, simulated)
    return probes


def _sweep(found: Sweep | Sequence[Leftover]) -> Sweep:
    return found if isinstance(found, Sweep) else Sweep(tuple(found))
