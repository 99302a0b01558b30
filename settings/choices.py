"""What follows from the settings for what is installed, so that nobody else needs to know the platform."""

from __future__ import annotations

from typing import Literal

from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    CERT_MANAGER_NAMESPACE,
    CERT_MANAGER_RELEASE,
    GRAFANA_RELEASE,
    INGRESS_CLASS,
    MONITORING_NAMESPACE,
    PROMETHEUS_RELEASE,
    REGISTRY_RELEASE,
    TRAEFIK_NAMESPACE,
    TRAEFIK_RELEASE,
    Names,
    binder_namespace,
    binder_release,
    shares,
)
from binder_deploy.settings.registry import InClusterRegistry
from binder_deploy.settings.tls import OwnCertificate

Door = Literal["load-balancer", "node-port", "host-port", "theirs"]
"""How people come in: through a Traefik of ours, exposed in one of three ways, or through the cluster's own ingress
controller."""


def door(settings: Settings) -> Door:
    """The way in."""
    platform = settings.platform
    if not isinstance(platform, Existing):
        return "load-balancer"
    if platform.ingress_class is not None or platform.shared:
        return "theirs"
    return "load-balancer" if platform.load_balancer == "auto" else platform.load_balancer


def ingress_class(settings: Settings) -> str:
    """IngressClass that our Ingresses, and cert-manager's challenges, name."""
    platform = settings.platform
    return (platform.ingress_class if isinstance(platform, Existing) else None) or INGRESS_CLASS


def brings_cert_manager(settings: Settings) -> bool:
    """Whether cert-manager is installed with the deployment."""
    if isinstance(settings.tls, OwnCertificate) or shares(settings):
        return False
    return not (isinstance(settings.platform, Existing) and settings.platform.cert_manager == "use")


def brings_disks(settings: Settings) -> bool:
    """Whether a StorageClass of our own is made."""
    return settings.hub.storage_class is None and not isinstance(settings.platform, Existing)


def disk_class(settings: Settings) -> str | None:
    """StorageClass of the hub's disk, and of our others; None: whatever is the cluster's default."""
    return Names(settings.name).storage_class if brings_disks(settings) else settings.hub.storage_class


def brings_registry(settings: Settings) -> bool:
    """Whether a registry is installed beside BinderHub."""
    return isinstance(settings.registry, InClusterRegistry)


def our_releases(settings: Settings) -> frozenset[tuple[str, str]]:
    """Namespace and name of every Helm release that is installed."""
    found = {(binder_namespace(settings), binder_release(settings))}
    if door(settings) != "theirs":
        found.add((TRAEFIK_NAMESPACE, TRAEFIK_RELEASE))
    if brings_cert_manager(settings):
        found.add((CERT_MANAGER_NAMESPACE, CERT_MANAGER_RELEASE))
    if brings_registry(settings):
        found.add((binder_namespace(settings), REGISTRY_RELEASE))
    if settings.monitoring:
        found |= {(MONITORING_NAMESPACE, PROMETHEUS_RELEASE), (MONITORING_NAMESPACE, GRAFANA_RELEASE)}
    return frozenset(found)


def chart_sections(settings: Settings) -> frozenset[str]:
    """Sections of the settings that ask for charts of their own (`charts.bundle.Source.setting`)."""
    asking = {"registry": brings_registry(settings), "monitoring": settings.monitoring}
    return frozenset(section for section, asks in asking.items() if asks)


def our_namespaces(settings: Settings) -> frozenset[str]:
    """Every namespace that is made."""
    return frozenset(namespace for namespace, _ in our_releases(settings))
