"""Every physical name of a deployment, in one place: deterministic, so that a create that was cut off
can be found again, and so that leftovers can be told from other people's things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.tls import LetsEncrypt

OWNER_LABEL = "binder-deploy"
"""Label key on everything we make; its value is the deployment's name."""

BINDER_NAMESPACE = "binder"
"""Unless the cluster is shared: `binder_namespace`."""
TRAEFIK_NAMESPACE = "traefik"
CERT_MANAGER_NAMESPACE = "cert-manager"
MONITORING_NAMESPACE = "binder-monitoring"
"""Not `monitoring`, which in a cluster with other tenants is often somebody else's."""

BINDER_SERVICE_ACCOUNT = "binderhub"
"""The chart's name for the Kubernetes service account that BinderHub runs as."""

BINDER_RELEASE = "binder-service"
"""Unless the cluster is shared: `binder_release`."""
TRAEFIK_RELEASE = "traefik"
CERT_MANAGER_RELEASE = "cert-manager"
REGISTRY_RELEASE = "registry"
"""A registry inside the cluster, in BinderHub's namespace: the certificate's Secret is there."""
PROMETHEUS_RELEASE = "prometheus"
GRAFANA_RELEASE = "grafana"

ENTRYPOINT_SERVICE = "entrypoint"
"""The LoadBalancer Service that Pulumi owns, in Traefik's namespace."""
INGRESS_CLASS = "traefik"
CERTIFICATE = "binder-tls"
"""The Certificate and its Secret."""
REGISTRY_DISK = "registry-images"
"""The claim for the disk of a registry inside the cluster."""


@dataclass(frozen=True)
class Names:
    """Physical names, all with the deployment's name in front."""

    deployment: str

    def of(self, part: str) -> str:
        """`NAME-part`."""
        return f"{self.deployment}-{part}"

    @property
    def cluster(self) -> str:
        return self.deployment

    @property
    def network(self) -> str:
        return self.of("net")

    @property
    def subnetwork(self) -> str:
        return self.of("nodes")

    @property
    def pods_range(self) -> str:
        return self.of("pods")

    @property
    def services_range(self) -> str:
        return self.of("services")

    @property
    def router(self) -> str:
        return self.of("router")

    @property
    def nat(self) -> str:
        return self.of("nat")

    @property
    def address(self) -> str:
        return self.of("ip")

    @property
    def repository(self) -> str:
        return self.of("images")

    @property
    def node_account(self) -> str:
        return self.of("nodes")

    @property
    def push_account(self) -> str:
        return self.of("push")

    @property
    def storage_class(self) -> str:
        return self.of("disk")

    def pool(self, role: str) -> str:
        """Physical name of the node pool `core`, `user` or `build`."""
        return role


def shares(settings: Settings) -> bool:
    """Whether other deployments stand in the same cluster, so that each needs names of its own there."""
    return isinstance(settings.platform, Existing) and settings.platform.shared


def binder_namespace(settings: Settings) -> str:
    """The namespace of the Binder service: the deployment's name where others stand beside it."""
    return settings.name if shares(settings) else BINDER_NAMESPACE


def binder_release(settings: Settings) -> str:
    """Its Helm release, whose name is in every cluster-wide object of the chart."""
    return settings.name if shares(settings) else BINDER_RELEASE


def namespaces(settings: Settings) -> frozenset[str]:
    """Where objects of ours can be. In a shared cluster Traefik and cert-manager are everybody's."""
    if shares(settings):
        return frozenset({binder_namespace(settings)})
    return frozenset({BINDER_NAMESPACE, TRAEFIK_NAMESPACE, CERT_MANAGER_NAMESPACE, MONITORING_NAMESPACE})


def labels(settings: Settings) -> Mapping[str, str]:
    """The owner's tags and our mark, as labels."""
    return {**settings.tags, OWNER_LABEL: settings.name}


def mark(settings: Settings) -> str:
    """Our mark in a description, where the cloud has no labels."""
    return f"{OWNER_LABEL}={settings.name}"


def record_mark(settings: Settings) -> str:
    """Our mark in the comment of a DNS record, which others may share a zone with: with the place, and no longer than
    the 100 characters that Cloudflare's free plan has."""
    return f"{mark(settings)} in {settings.platform.where}"[:100].rstrip()


def certificate_namespace(settings: Settings) -> str:
    """Where the certificate is: beside the ingresses that name it, or, for a bare address, beside Traefik, whose
    default certificate it is: a browser names no host then."""
    return binder_namespace(settings) if settings.address.hosts else TRAEFIK_NAMESPACE


def issuer(settings: Settings) -> str:
    """Name of the issuer; one for each server, so that a switch makes the new one before the old one goes. In a
    cluster with other tenants it begins with the deployment's name: others call theirs `letsencrypt-staging`, too."""
    tls = settings.tls
    name = f"{tls.kind}-{tls.directory}" if isinstance(tls, LetsEncrypt) else tls.kind
    return Names(settings.name).of(name) if isinstance(settings.platform, Existing) else name
