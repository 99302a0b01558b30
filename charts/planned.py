"""What a deployment makes inside a cluster under names of its own choosing, as far as they can be taken by others.

Objects inside the namespaces are left out where the namespace itself is ours. Of the charts' objects those that belong
to the cluster as a whole are named; for any other one Helm itself refuses what is not part of the release.
"""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.charts.values.placement import PRIORITY_CLASS
from binder_deploy.settings.choices import brings_cert_manager, brings_disks, door, our_namespaces
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    CERT_MANAGER_RELEASE,
    CERTIFICATE,
    ENTRYPOINT_SERVICE,
    INGRESS_CLASS,
    PROMETHEUS_RELEASE,
    TRAEFIK_NAMESPACE,
    TRAEFIK_RELEASE,
    Names,
    binder_release,
    certificate_namespace,
    issuer,
    shares,
)
from binder_deploy.settings.planned import Planned
from binder_deploy.settings.tls import OwnCertificate

_RBAC = "rbac.authorization.k8s.io/v1"
_HOOKS = "admissionregistration.k8s.io/v1"


def planned(settings: Settings) -> tuple[Planned, ...]:
    """All of it, for settings that are settled."""
    return tuple(dict.fromkeys([*_ours(settings), *_of_the_charts(settings)]))


def _ours(settings: Settings) -> Iterator[Planned]:
    for namespace in sorted(our_namespaces(settings)):
        yield Planned("v1", "Namespace", namespace)
    if door(settings) in ("load-balancer", "node-port"):
        yield Planned("v1", "Service", ENTRYPOINT_SERVICE, TRAEFIK_NAMESPACE)
    if brings_disks(settings):
        yield Planned("storage.k8s.io/v1", "StorageClass", Names(settings.name).storage_class)
    where = certificate_namespace(settings)
    if isinstance(settings.tls, OwnCertificate):
        yield Planned("v1", "Secret", CERTIFICATE, where)
    else:
        yield Planned("cert-manager.io/v1", "ClusterIssuer", issuer(settings))
        yield Planned("cert-manager.io/v1", "Certificate", CERTIFICATE, where)


def _of_the_charts(settings: Settings) -> Iterator[Planned]:
    release = binder_release(settings)
    yield from _roles(f"{release}-image-cleaner")
    if not shares(settings):
        yield Planned("scheduling.k8s.io/v1", "PriorityClass", PRIORITY_CLASS)
        yield from _roles(f"{release}-user-scheduler")
    if door(settings) != "theirs":
        yield Planned("networking.k8s.io/v1", "IngressClass", INGRESS_CLASS)
        yield from _roles(f"{TRAEFIK_RELEASE}-{TRAEFIK_NAMESPACE}")
    if brings_cert_manager(settings):
        yield from _roles(f"{CERT_MANAGER_RELEASE}-cainjector", f"{CERT_MANAGER_RELEASE}-controller-certificates")
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
            yield Planned(_HOOKS, kind, f"{CERT_MANAGER_RELEASE}-webhook")
    if settings.monitoring:
        yield from _roles(f"{PROMETHEUS_RELEASE}-kube-state-metrics")


def _roles(*names: str) -> Iterator[Planned]:
    for name in names:
        for kind in ("ClusterRole", "ClusterRoleBinding"):
            yield Planned(_RBAC, kind, name)
