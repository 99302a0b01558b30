"""What follows from the settings for what is installed, so that nobody else needs to know the platform."""

from __future__ import annotations

from typing import Literal

from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    CERT_MANAGER_NAMESPACE,
    CERT_MANAGER_RELEASE,
    INGRESS_CLASS,
    TRAEFIK_NAMESPACE,
    TRAEFIK_RELEASE,
    Names,
    binder_namespace,
    binder_release,
    shares,
)
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
    """StorageClass of the hub's disk and of people's; None: whatever is the cluster's default."""
    return Names(settings.name).storage_class if brings_disks(settings) else settings.hub.storage_class


def our_releases(settings: Settings) -> frozenset[tuple[str, str]]:
    """Namespace and name of every Helm release that is installed."""
    found = {(binder_namespace(settings), binder_release(settings))}
    if door(settings) != "theirs":
        found.add((TRAEFIK_NAMESPACE, TRAEFIK_RELEASE))
    if brings_cert_manager(settings):
        found.add((CERT_MANAGER_NAMESPACE, CERT_MANAGER_RELEASE))
    return frozenset(found)


def our_namespaces(settings: Settings) -> frozenset[str]:
    """Every namespace that is made."""
    return frozenset(namespace for namespace, _ in our_releases(settings))
