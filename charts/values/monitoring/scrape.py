"""Who is asked for measurements, and what lets Prometheus ask."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.monitoring.credentials import FOLDER, HUB_TOKEN
from binder_deploy.charts.values.origins import Origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.choices import brings_cert_manager, door
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    MONITORING_NAMESPACE,
    PROMETHEUS_RELEASE,
    TRAEFIK_NAMESPACE,
)

SERVICE = "binder-deploy-metrics"
"""What the hub calls whoever reads its measurements."""
USUAL = (
    "kubernetes-api-servers",
    "kubernetes-nodes",
    "kubernetes-nodes-cadvisor",
    "kubernetes-service-endpoints",
    "kubernetes-service-endpoints-slow",
    "prometheus-pushgateway",
    "kubernetes-services",
    "kubernetes-pods",
    "kubernetes-pods-slow",
)
"""What the chart asks by itself: everything in the cluster that bears an annotation. Ours is a list of names."""


def scrape(settings: Settings, where: Origins) -> dict[str, Any]:
    """Jobs by name. A job's pods are found by the API server; each is asked on one port."""
    jobs: dict[str, Any] = {
        "hub": {
            **_pods(BINDER_NAMESPACE, {"app": "jupyterhub", "component": "hub"}, 8081),
            "metrics_path": f"{where.hub_path}hub/metrics",
            "authorization": {"type": "Bearer", "credentials_file": f"{FOLDER}/{HUB_TOKEN}"},
        },
        "binder": _pods(BINDER_NAMESPACE, {"app": "binder", "component": "binder"}, 8585),
        "kube-state-metrics": {
            # It speaks of other things than itself: their names are not to be replaced by its own.
            "honor_labels": True,
            "static_configs": [{"targets": [f"{PROMETHEUS_RELEASE}-kube-state-metrics:8080"]}],
        },
        "alertmanager": {"static_configs": [{"targets": [f"{PROMETHEUS_RELEASE}-alertmanager:9093"]}]},
    }
    if door(settings) != "theirs":
        jobs["traefik"] = _pods(TRAEFIK_NAMESPACE, {"app_kubernetes_io_name": "traefik"}, 9100)
    if brings_cert_manager(settings):
        component = {"app_kubernetes_io_name": "cert-manager", "app_kubernetes_io_component": "controller"}
        jobs["cert-manager"] = _pods(CERT_MANAGER_NAMESPACE, component, 9402)
    return {**{name: {"enabled": False} for name in USUAL}, **jobs}


def scraped_namespaces(settings: Settings) -> list[str]:
    """Where Prometheus must see pods to find them."""
    return [
        BINDER_NAMESPACE,
        *([TRAEFIK_NAMESPACE] if door(settings) != "theirs" else []),
        *([CERT_MANAGER_NAMESPACE] if brings_cert_manager(settings) else []),
    ]


def _pods(namespace: str, labels: dict[str, str], port: int) -> dict[str, Any]:
    return {
        "honor_labels": True,
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [namespace]}}],
        "relabel_configs": [
            *(
                {"source_labels": [f"__meta_kubernetes_pod_label_{key}"], "regex": value, "action": "keep"}
                for key, value in labels.items()
            ),
            # Every port of a pod is a target of its own, and a pod with none is one, too.
            {
                "source_labels": ["__meta_kubernetes_pod_ip"],
                "regex": "(.+)",
                "target_label": "__address__",
                "replacement": f"$1:{port}",
            },
            {"source_labels": ["__meta_kubernetes_pod_container_init"], "regex": "true", "action": "drop"},
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "instance"},
        ],
    }


def watched(settings: Settings, secrets: ServiceSecrets) -> dict[str, Any]:
    """Values of `binderhub` that let Prometheus, and nobody else besides, ask the hub; none without monitoring.

    BinderHub, Traefik and cert-manager answer whoever is in the cluster, and no policy selects them. The hub's pod has
    one, and wants a token.
    """
    if settings.monitoring is None:
        return {}
    prometheus = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": MONITORING_NAMESPACE}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
    }
    hub = {
        "services": {SERVICE: {"apiToken": secrets.metrics_token}},
        "loadRoles": {SERVICE: {"scopes": ["read:metrics"], "services": [SERVICE]}},
        "networkPolicy": {"ingress": [{"from": [prometheus], "ports": [{"port": "http", "protocol": "TCP"}]}]},
    }
    return {"jupyterhub": {"hub": hub}}
