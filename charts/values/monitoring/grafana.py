"""Values of Grafana: one source of measurements, one dashboard, one login, and no disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from binder_deploy.charts.values.merge import merge
from binder_deploy.charts.values.monitoring.credentials import ADMIN, GRAFANA, PASSWORD
from binder_deploy.charts.values.owned import GRAFANA as OWNED
from binder_deploy.charts.values.placement import on
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import PROMETHEUS_RELEASE

DASHBOARD = (Path(__file__).parent / "dashboard.json").read_text(encoding="utf-8")
"""As Grafana itself writes one."""
SOURCE = "prometheus"
"""What the dashboard calls its source."""
_FOLDER = "/var/lib/grafana/dashboards/binder"


def grafana(settings: Settings) -> dict[str, Any]:
    """Values of the chart. Raises `SettingsError` for values that touch ours."""
    ours: dict[str, Any] = {
        "replicas": 1,
        "admin": {"existingSecret": GRAFANA, "userKey": ADMIN, "passwordKey": PASSWORD},
        # What it shows comes with the chart; what people change by hand is gone with its pod.
        "persistence": {"enabled": False},
        "initChownData": {"enabled": False},
        "testFramework": {"enabled": False},
        # It asks nothing of the cluster.
        "rbac": {"create": False},
        "automountServiceAccountToken": False,
        "service": {"type": "ClusterIP"},
        "ingress": {"enabled": False},
        "nodeSelector": on(settings, "core"),
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "768Mi"}},
        "datasources": {
            "datasources.yaml": {
                "apiVersion": 1,
                "datasources": [
                    {
                        "name": "Prometheus",
                        "uid": SOURCE,
                        "type": "prometheus",
                        "access": "proxy",
                        "url": f"http://{PROMETHEUS_RELEASE}-server",
                        "isDefault": True,
                        "editable": False,
                    }
                ],
            }
        },
        "dashboardProviders": {
            "dashboardproviders.yaml": {
                "apiVersion": 1,
                "providers": [
                    {
                        "name": "binder",
                        "type": "file",
                        "editable": False,
                        "disableDeletion": True,
                        "options": {"path": _FOLDER},
                    }
                ],
            }
        },
        "dashboards": {"binder": {"binder": {"json": DASHBOARD}}},
        "grafana.ini": {
            # Nothing is told to, or fetched from, anybody.
            "analytics": {"check_for_updates": False, "check_for_plugin_updates": False, "reporting_enabled": False},
            "news": {"news_feed_enabled": False},
            "plugins": {"preinstall_disabled": True},
            "dashboards": {"default_home_dashboard_path": f"{_FOLDER}/binder.json"},
        },
    }
    return merge(ours, settings.charts.grafana.values, OWNED, "charts.grafana.values")
