"""The whole of `binder.yaml` as one frozen value, read everywhere and changed nowhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, Tag, model_validator

from binder_deploy.settings.access import GitHubLogin, GoogleLogin, OidcLogin, Open
from binder_deploy.settings.address import BareIp, Domain
from binder_deploy.settings.base import Model, Name, kind_or
from binder_deploy.settings.coherence import incoherent
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.monitoring import Monitoring
from binder_deploy.settings.pools import ThreePools
from binder_deploy.settings.registry import ArtifactRegistry, Ecr, HostedRegistry, InClusterRegistry, OciRegistry
from binder_deploy.settings.service import Binder, Budget, Charts, Checks, Hub
from binder_deploy.settings.state import LocalState, State
from binder_deploy.settings.tls import LetsEncrypt, OwnCertificate, SelfSigned

TagKey = Annotated[str, StringConstraints(pattern=r"^[a-z][-_a-z0-9]{0,62}$")]
TagValue = Annotated[str, StringConstraints(pattern=r"^[-_a-z0-9]{1,63}$")]

Platform = Annotated[Gke | Eks | Existing, Field(discriminator="kind")]
Address = Annotated[Annotated[Domain, Tag("domain")] | Annotated[BareIp, Tag("ip")], kind_or("domain")]
Tls = Annotated[
    Annotated[LetsEncrypt, Tag("letsencrypt")]
    | Annotated[OwnCertificate, Tag("certificate")]
    | Annotated[SelfSigned, Tag("self-signed")],
    kind_or("letsencrypt"),
]
Registry = Annotated[
    ArtifactRegistry | Ecr | HostedRegistry | OciRegistry | InClusterRegistry, Field(discriminator="kind")
]
Access = Annotated[Open | GitHubLogin | GoogleLogin | OidcLogin, Field(discriminator="kind")]

_TAKEN = {"binder", "cert-manager", "default", "traefik"}
"""Namespaces that a cluster has for itself, or of a deployment that shares nothing."""
_USUAL_REGISTRY = {"gke": "artifact-registry", "eks": "ecr"}


class Settings(Model):
    """A deployment."""

    version: Literal[1]
    """Version of this file's format."""
    name: Name
    """Name of the deployment: every physical name begins with it. It cannot be changed later."""
    platform: Platform
    """Where the cluster lives."""
    address: Address
    """Where people find the service: a domain, or the bare IP address."""
    tls: Tls
    """Where certificates come from."""
    registry: Registry
    """Left out: the cloud's own (Artifact Registry, ECR)."""
    access: Access = Open()
    """Who may launch servers."""
    binder: Binder = Binder()
    hub: Hub = Hub()
    budget: Budget | None = None
    """Who is told when the bill grows."""
    monitoring: Monitoring | None = None
    """Measurements, dashboards and alerts. Left out: nothing watches but the checks."""
    charts: Charts = Charts()
    checks: Checks = Checks()
    state: State = LocalState()
    """Where the record of what exists is kept."""
    tags: dict[TagKey, TagValue] = Field(min_length=1)
    """Labels on everything that can carry one, for bills and for finding leftovers; `owner` is a must."""

    @model_validator(mode="before")
    @classmethod
    def _usual_registry(cls, data: Any) -> Any:
        """The registry that goes with the platform; one that is named without its kind is meant to be that."""
        if not isinstance(data, dict) or not isinstance(platform := data.get("platform"), dict):
            return data
        usual = _USUAL_REGISTRY.get(str(platform.get("kind")))
        registry = data.get("registry", {})
        if usual and isinstance(registry, dict) and "kind" not in registry:
            return {**data, "registry": {"kind": usual, **registry}}
        return data

    @model_validator(mode="after")
    def _owned(self) -> Self:
        if "owner" not in self.tags:
            raise ValueError("tags.owner is missing: say who answers for the bill")
        if "binder-deploy" in self.tags:
            raise ValueError("tags.binder-deploy is ours: it marks what this deployment owns")
        return self

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if problem := incoherent(
            self.platform, self.address, self.tls, self.registry, self.access, self.hub, self.budget
        ):
            raise ValueError(problem)
        shared = isinstance(self.platform, Existing) and self.platform.shared
        if shared and self.monitoring:
            raise ValueError("monitoring looks at the whole cluster, which platform.shared leaves to others; remove it")
        if shared and self.name in _TAKEN:
            raise ValueError(f"name: with platform.shared it is the namespace's, and {self.name} may be another's")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name that needs a DNS record and a place in the certificate, BinderHub's first; none without a
        domain."""
        address = self.address
        if isinstance(self.registry, InClusterRegistry) and isinstance(address, Domain):
            return (*address.hosts, address.registry_host)
        return address.hosts

    @property
    def hosts_by_name(self) -> dict[str, str]:
        """The same by their first label: `{"binder": "binder.DOMAIN", …}`."""
        return {host.partition(".")[0]: host for host in self.hosts}


def pools_of(settings: Settings) -> ThreePools:
    """The node pools that a deployment makes. Raises `TypeError` for a cluster whose nodes are not ours to make."""
    if isinstance(settings.platform, Existing):
        raise TypeError("platform.kind existing: its nodes are not made by binder-deploy")
    return settings.platform.pools
