"""What watches the service, where the settings ask for it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.monitoring.credentials import credentials
from binder_deploy.charts.values.monitoring.together import RELEASES
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import Values
from binder_deploy.components.cluster.monitoring_ground import MonitoringGround, MonitoringGroundArgs
from binder_deploy.components.cluster.releases import Release, ReleaseArgs
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import MONITORING_NAMESPACE, labels


def monitoring(
    settings: Settings,
    charts: ChartSet,
    secrets: ServiceSecrets,
    given: Values,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> None:
    """Prometheus and Grafana. `after`: the namespaces that are looked into, and the class of the disk.

    Nothing comes after it: at a destroy it goes first, with its disk, and the service never waits for it.
    """
    if settings.monitoring is None:
        return
    ground = MonitoringGround(
        "monitoring",
        MonitoringGroundArgs(
            namespace=MONITORING_NAMESPACE,
            credentials=credentials(settings, secrets),
            labels=labels(settings),
            after=after,
        ),
        opts,
    ).ready
    for chart, release in RELEASES.items():
        Release(
            release,
            ReleaseArgs(
                release=release,
                namespace=MONITORING_NAMESPACE,
                chart=charts.platform[chart].path,
                version=charts.platform[chart].version,
                values=given.platform[chart],
                after=[*after, *ground],
            ),
            opts,
        )
