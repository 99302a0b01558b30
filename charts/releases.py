"""The Helm releases of a deployment: what `up` will install, with what, under which name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.values.eks.together import RELEASES, Place
from binder_deploy.charts.values.monitoring.together import RELEASES as MONITORING
from binder_deploy.charts.values.origins import origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import values
from binder_deploy.charts.values.zot import ZOT
from binder_deploy.settings.choices import our_releases
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    CERT_MANAGER_RELEASE,
    MONITORING_NAMESPACE,
    REGISTRY_RELEASE,
    TRAEFIK_NAMESPACE,
    TRAEFIK_RELEASE,
    binder_namespace,
    binder_release,
)

_MONITORING = {chart: Place(release, MONITORING_NAMESPACE) for chart, release in MONITORING.items()}
_PLACES: Mapping[str, Place] = {**RELEASES, ZOT: Place(REGISTRY_RELEASE, BINDER_NAMESPACE), **_MONITORING}


@dataclass(frozen=True, repr=False)
class PlannedRelease:
    """One of them. Its values hold what people added, which may be secret."""

    namespace: str
    name: str
    chart: LocalChart
    values: Mapping[str, Any]

    @property
    def where(self) -> str:
        """Path in binder.yaml of what people add to its values."""
        return f"charts.{self.chart.name}.values"


def planned_releases(settings: Settings, charts: ChartSet, secrets: ServiceSecrets) -> tuple[PlannedRelease, ...]:
    """All of them; an address that is not known yet is one that is nobody's.

    Raises `SettingsError` for values that touch what is ours.
    """
    return tuple(_releases(settings, charts, secrets))


def _releases(settings: Settings, charts: ChartSet, secrets: ServiceSecrets) -> Iterator[PlannedRelease]:
    given = values(settings, charts, secrets, {}, origins(settings))
    ours = (
        PlannedRelease(TRAEFIK_NAMESPACE, TRAEFIK_RELEASE, charts.traefik, given.traefik),
        PlannedRelease(CERT_MANAGER_NAMESPACE, CERT_MANAGER_RELEASE, charts.cert_manager, given.cert_manager),
        PlannedRelease(
            binder_namespace(settings), binder_release(settings), charts.binder_service, given.binder_service
        ),
    )
    for chart, wanted in given.platform.items():
        place = _PLACES[chart]
        yield PlannedRelease(place.namespace, place.name, charts.platform[chart], wanted)
    yield from (release for release in ours if (release.namespace, release.name) in our_releases(settings))
