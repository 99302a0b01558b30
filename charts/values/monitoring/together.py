"""The values of both charts of the monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binder_deploy.charts.values.monitoring.grafana import grafana
from binder_deploy.charts.values.monitoring.prometheus import prometheus
from binder_deploy.charts.values.origins import Origins
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import GRAFANA_RELEASE, PROMETHEUS_RELEASE

RELEASES: Mapping[str, str] = {"prometheus": PROMETHEUS_RELEASE, "grafana": GRAFANA_RELEASE}
"""Chart → its release."""


def monitoring_values(settings: Settings, where: Origins) -> dict[str, dict[str, Any]]:
    """Chart → values; none without the setting. Raises `SettingsError` for values that touch ours."""
    if settings.monitoring is None:
        return {}
    return {"prometheus": prometheus(settings, settings.monitoring, where), "grafana": grafana(settings)}
