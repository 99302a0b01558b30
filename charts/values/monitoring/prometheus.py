"""Values of the Prometheus chart: the server, Alertmanager and kube-state-metrics."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.merge import merge
from binder_deploy.charts.values.monitoring.alerts import alerts
from binder_deploy.charts.values.monitoring.credentials import ALERTMANAGER, ALERTS, FOLDER, PROMETHEUS, mounted
from binder_deploy.charts.values.monitoring.scrape import scrape, scraped_namespaces
from binder_deploy.charts.values.origins import Origins
from binder_deploy.charts.values.owned import PROMETHEUS as OWNED
from binder_deploy.charts.values.placement import POOL_LABEL, on
from binder_deploy.settings.choices import disk_class
from binder_deploy.settings.model import Settings
from binder_deploy.settings.monitoring import Mail, Monitoring
from binder_deploy.settings.names import MONITORING_NAMESPACE

FILLED = 0.9
"""Part of the disk that measurements may take: the log of what was written last comes on top."""
COUNTED = ["daemonsets", "deployments", "nodes", "persistentvolumeclaims", "pods", "statefulsets"]
"""Kinds that kube-state-metrics tells of. What it tells of Secrets and ConfigMaps nobody here asks for."""


def prometheus(settings: Settings, monitoring: Monitoring, where: Origins) -> dict[str, Any]:
    """Values of the chart. Raises `SettingsError` for values that touch ours."""
    ours = {
        "server": _server(settings, monitoring),
        "configmapReload": {"prometheus": {"resources": _small("10m", "32Mi", "64Mi")}},
        "scrapeConfigs": scrape(settings, where),
        "serverFiles": {"alerting_rules.yml": alerts(settings)},
        "alertmanager": _alertmanager(settings, monitoring),
        "kube-state-metrics": {
            "enabled": True,
            "nodeSelector": on(settings, "core"),
            "resources": _small("20m", "64Mi", "256Mi"),
            "collectors": COUNTED,
            "namespaces": ",".join([*scraped_namespaces(settings), MONITORING_NAMESPACE]),
            "metricLabelsAllowlist": [f"nodes=[{POOL_LABEL}]"],
        },
        # What they measure is not asked for, and the former needs the nodes' own network and folders.
        "prometheus-node-exporter": {"enabled": False},
        "prometheus-pushgateway": {"enabled": False},
    }
    return merge(ours, settings.charts.prometheus.values, OWNED, "charts.prometheus.values")


def _server(settings: Settings, monitoring: Monitoring) -> dict[str, Any]:
    disk = disk_class(settings)
    return {
        # It reads pods where they are to be found, and nothing of the cluster as a whole.
        "useExistingClusterRoleName": "view",
        "namespaces": scraped_namespaces(settings),
        "releaseNamespace": True,
        "retention": f"{monitoring.keep_days}d",
        "retentionSize": f"{int(monitoring.disk_gb * 1024 * FILLED)}MB",
        "persistentVolume": {
            "enabled": True,
            "size": f"{monitoring.disk_gb}Gi",
            **({"storageClass": disk} if disk else {}),
        },
        "nodeSelector": on(settings, "core"),
        "resources": _small("100m", "512Mi", "2Gi"),
        "extraSecretMounts": [mounted(PROMETHEUS)],
        "service": {"type": "ClusterIP"},
        "ingress": {"enabled": False},
    }


def _alertmanager(settings: Settings, monitoring: Monitoring) -> dict[str, Any]:
    return {
        "enabled": True,
        "nodeSelector": on(settings, "core"),
        "resources": _small("10m", "32Mi", "128Mi"),
        "automountServiceAccountToken": False,
        # What it would keep is who was silenced, and until when: not worth a disk.
        "persistence": {"enabled": False},
        "config": _told(monitoring),
        **({"extraSecretMounts": [mounted(ALERTMANAGER)]} if monitoring.alerts else {}),
    }


def _told(monitoring: Monitoring) -> dict[str, Any]:
    """Alertmanager's configuration. Secrets are read from a file: this stands in a ConfigMap."""
    return {
        "route": {
            "receiver": "people",
            "group_by": ["alertname"],
            "group_wait": "1m",
            "group_interval": "10m",
            "repeat_interval": "12h",
        },
        "receivers": [{"name": "people", **_way(monitoring)}],
        # What follows from a service that is down needs no word of its own.
        "inhibit_rules": [
            {"source_matchers": ['severity="critical"'], "target_matchers": ['severity="warning"'], "equal": ["part"]}
        ],
    }


def _way(monitoring: Monitoring) -> dict[str, Any]:
    secret, told = f"{FOLDER}/{ALERTS}", monitoring.alerts
    if told is None:
        return {}
    if isinstance(told, Mail):
        mail = {
            "from": told.sender,
            "smarthost": told.server,
            "auth_username": told.username,
            "auth_password_file": secret,
            "require_tls": True,
            "send_resolved": True,
        }
        return {"email_configs": [{"to": address, **mail} for address in told.to]}
    if told.kind == "slack":
        text = "{{ range .Alerts }}{{ .Annotations.summary }}: {{ .Annotations.next }}\n{{ end }}"
        return {"slack_configs": [{"api_url_file": secret, "send_resolved": True, "text": text}]}
    return {"webhook_configs": [{"url_file": secret, "send_resolved": True}]}


def _small(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}
