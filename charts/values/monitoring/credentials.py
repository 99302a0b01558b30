"""The Secrets of the monitoring: one for each program, so that none holds what another one logs in with."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.model import Settings

FOLDER = "/etc/credentials"
"""Where a program finds its own."""
PROMETHEUS, ALERTMANAGER, GRAFANA = "prometheus-credentials", "alertmanager-credentials", "grafana-credentials"
"""Physical names."""
HUB_TOKEN, ALERTS, ADMIN, PASSWORD = "hub-token", "alerts", "admin-user", "admin-password"
"""Keys in them."""


def credentials(settings: Settings, secrets: ServiceSecrets) -> dict[str, dict[str, Any]]:
    """Secret → key → value, perhaps a promise of it."""
    found = {
        PROMETHEUS: {HUB_TOKEN: secrets.metrics_token},
        GRAFANA: {ADMIN: "admin", PASSWORD: secrets.grafana_password},
    }
    if settings.monitoring and settings.monitoring.alerts:
        found[ALERTMANAGER] = {ALERTS: secrets.alerts_secret}
    return found


def mounted(secret: str) -> dict[str, Any]:
    """A Secret as a folder, in the words of both charts that mount one."""
    return {"name": "credentials", "mountPath": FOLDER, "subPath": "", "secretName": secret, "readOnly": True}
