"""Choices that do not go together, told before anything else is."""

from __future__ import annotations

from binder_deploy.settings.access import GitHubLogin, GoogleLogin, OidcLogin, Open
from binder_deploy.settings.address import BareIp, CloudDns, Cloudflare, Domain, Route53
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.registry import ArtifactRegistry, Ecr, HostedRegistry, InClusterRegistry, OciRegistry
from binder_deploy.settings.service import Budget, Hub
from binder_deploy.settings.tls import LetsEncrypt, OwnCertificate, SelfSigned

WITHOUT_OUR_DOOR = (
    "needs an ingress controller of ours: builds are let through to its pods alone, and whose pods serve the ingress "
    "class {} is not known; choose another registry (docker-hub, ghcr, quay, harbor, oci)"
)


def incoherent(
    platform: Gke | Eks | Existing,
    address: Domain | BareIp,
    tls: LetsEncrypt | OwnCertificate | SelfSigned,
    registry: ArtifactRegistry | Ecr | HostedRegistry | OciRegistry | InClusterRegistry,
    access: Open | GitHubLogin | GoogleLogin | OidcLogin,
    hub: Hub,
    budget: Budget | None,
) -> str:
    """The first pair of settings that cannot be had together, with the way out; empty if all go together."""
    if isinstance(registry, ArtifactRegistry) and not isinstance(platform, Gke):
        return "registry.kind: artifact-registry needs platform.kind gke; choose another registry"
    if isinstance(registry, Ecr) and not isinstance(platform, Eks):
        return "registry.kind: ecr needs platform.kind eks; choose another registry"
    if isinstance(platform, Existing) and platform.shared and (why := _not_to_share(platform, address, registry, hub)):
        return why
    if isinstance(registry, InClusterRegistry) and (problem := _not_inside(platform, address, tls)):
        return f"registry.kind: in-cluster {problem}"
    if isinstance(address, BareIp):
        if not isinstance(access, Open):
            return "access.kind: a login needs address.domain: without one, servers and the hub share their cookies"
        if isinstance(tls, OwnCertificate):
            return "tls.kind: certificate needs address.domain; use letsencrypt or self-signed with a bare address"
        if isinstance(platform, Existing) and platform.address is None:
            return "platform.address is missing: without a domain, the address of the cluster's entrance must be known"
        if isinstance(platform, Existing) and platform.ingress_class is not None:
            return (
                "platform.ingress_class needs address.domain: without a host name the certificate would have to be the "
                "default one of an ingress controller that is not ours"
            )
    elif isinstance(address.dns, CloudDns) and not isinstance(platform, Gke):
        return "address.dns.kind: cloud-dns goes with platform.kind gke; use manual here"
    elif isinstance(address.dns, Route53) and not isinstance(platform, Eks):
        return "address.dns.kind: route53 goes with platform.kind eks; use manual here"
    elif isinstance(address.dns, Cloudflare) and isinstance(platform, Existing) and _door_is_theirs(platform):
        return (
            "platform.address is missing: with address.dns.kind cloudflare, the address of the cluster's own ingress "
            "controller must be known"
        )
    if hub.gpus and not isinstance(platform, Existing) and platform.pools.user.gpu is None:
        return "hub.gpus needs platform.pools.user.gpu: nodes with accelerators"
    if budget and isinstance(platform, Existing):
        return "budget: there is no bill to watch on an existing cluster; remove it"
    if budget and isinstance(platform, Gke) and not budget.billing_account:
        return "budget.billing_account is missing: `gcloud billing accounts list` shows it"
    return ""


def _not_to_share(platform: Existing, address: Domain | BareIp, registry: object, hub: Hub) -> str:
    """What several deployments in one cluster cannot each have."""
    if isinstance(address, BareIp):
        return "platform.shared needs address.domain: behind one entrance deployments are told apart by their hosts"
    if platform.cert_manager == "install":
        return "platform.cert_manager: install cannot be had with platform.shared; install it for the cluster first"
    if platform.load_balancer != "auto":
        return "platform.load_balancer is for an entrance of one's own; with platform.shared leave it out"
    if isinstance(registry, InClusterRegistry):
        return "registry.kind: in-cluster needs an entrance of one's own, which platform.shared rules out"
    if hub.placeholders:
        return "hub.placeholders need priority classes, which hold for the whole cluster; 0 with platform.shared"
    return ""


def _not_inside(
    platform: Gke | Eks | Existing, address: Domain | BareIp, tls: LetsEncrypt | OwnCertificate | SelfSigned
) -> str:
    """Why a registry cannot be kept inside the cluster, with the way out; empty if it can."""
    others = "or another registry (docker-hub, ghcr, quay, harbor, oci, a cloud's own)"
    if isinstance(address, BareIp):
        return (
            "needs address.domain: a registry answers at /v2/ of its host, and at the bare address that is "
            f"BinderHub's; choose a domain {others}"
        )
    if isinstance(tls, SelfSigned) or (isinstance(tls, LetsEncrypt) and tls.server == "staging"):
        given = "a self-signed certificate" if isinstance(tls, SelfSigned) else "a certificate of tls.server staging"
        return (
            f"needs a certificate that nodes and builds trust, and {given} is none: nothing could be pushed or pulled; "
            f"choose tls.server staged or production, tls.kind certificate, {others}"
        )
    if isinstance(platform, Existing) and platform.ingress_class is not None:
        return WITHOUT_OUR_DOOR.format(platform.ingress_class)
    return ""


def _door_is_theirs(platform: Existing) -> bool:
    """Whether people come in through what is not ours, at an address that nobody told."""
    return (platform.ingress_class is not None or platform.shared) and platform.address is None
