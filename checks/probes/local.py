"""Facts that need no cluster."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.requests import Request, requests
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
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
    nothing = ServiceSecrets(hub_api_token="", proxy_token="", cookie_secret="", crypt_key="", registry_key="")
    versions = charts.binder_service.dependencies
    return requests(binder_service(settings, nothing, versions, {}), traefik(settings), cert_manager(settings))


def kube_versions(charts: ChartSet, folder: Path) -> dict[str, str]:
    """Chart → the Kubernetes versions that it accepts, vendored charts too. The charts' paths start at `folder`."""
    found = {}
    for chart_folder in (charts.binder_service, charts.traefik, charts.cert_manager):
        for file in sorted((folder / chart_folder.path).rglob("Chart.yaml")):
            chart = YAML(typ="safe", pure=True).load(file)
            if chart.get("kubeVersion"):
                found[str(chart["name"])] = str(chart["kubeVersion"])
    return found
