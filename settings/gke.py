"""`platform` for Google Kubernetes Engine."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from binder_deploy.settings.base import Model
from binder_deploy.settings.pools import Pool, ThreePools

Region = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)+[0-9]+$")]
Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)+[0-9]+-[a-z]$")]
Project = Annotated[str, StringConstraints(pattern=r"^[a-z][-a-z0-9]{4,28}[a-z0-9]$")]


class GkePool(Pool):
    """A node pool."""

    disk_type: Literal["pd-balanced", "pd-standard", "pd-ssd", "hyperdisk-balanced"] = "pd-balanced"
    """The newest machine families (n4, c4) take hyperdisks only."""


class GkePools(ThreePools):
    """The three pools: the service itself, people's servers, image builds."""

    core: GkePool = GkePool(machine="e2-standard-4", min=1, max=3)
    """Hub, proxy, Binder, Traefik, cert-manager and the cluster's own add-ons. Never tainted."""
    user: GkePool = GkePool(machine="e2-standard-8", min=0, max=4)
    """Servers that people launch."""
    build: GkePool = GkePool(machine="e2-standard-4", min=0, max=2, disk_gb=200)
    """Image builds, which need privileges: kept away from everything else."""


class ManagedNetwork(Model):
    """A network of our own: VPC-native, private nodes, NAT towards the internet."""

    kind: Literal["managed"] = "managed"
    nodes: IPv4Network = IPv4Network("10.10.0.0/20")
    """Addresses of the nodes."""
    pods: IPv4Network = IPv4Network("10.64.0.0/14")
    """Addresses of the pods; each node takes a /24 of it."""
    services: IPv4Network = IPv4Network("10.20.0.0/20")
    """Addresses of the cluster's services."""
    control_plane: IPv4Network = IPv4Network("172.16.0.0/28")
    """Addresses of the control plane: exactly a /28."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        ranges = {name: getattr(self, name) for name in ("nodes", "pods", "services", "control_plane")}
        names = list(ranges)
        for i, first in enumerate(names):
            for second in names[i + 1 :]:
                if ranges[first].overlaps(ranges[second]):
                    raise ValueError(f"{first} and {second} overlap; choose ranges that do not")
        if self.control_plane.prefixlen != 28:
            raise ValueError("control_plane must be a /28: GKE takes no other size")
        return self


class ExistingNetwork(Model):
    """The institution's own network. It is used, never changed, never removed."""

    kind: Literal["existing"]
    network: str
    """Name of the VPC, or `projects/HOST/global/networks/NAME` when it is shared."""
    subnetwork: str
    """Name of the subnetwork in the platform's region, or its path when it is shared."""
    pods_range: str
    """Name of the subnetwork's secondary range for pods."""
    services_range: str
    """Name of the subnetwork's secondary range for services."""
    control_plane: IPv4Network = IPv4Network("172.16.0.0/28")


class AuthorizedNetwork(Model):
    """Addresses that may reach the control plane."""

    name: str
    cidr: IPv4Network


class Gke(Model):
    """A Standard (not Autopilot) cluster: builds need privileged pods, which Autopilot refuses."""

    kind: Literal["gke"]
    project: Project
    """Project id (not its number, not its display name). `gcloud projects list` shows it."""
    region: Region
    """Where the network, the address and the registry live: `europe-west1`."""
    zone: Zone
    """Where the nodes run, in that region: disks are bound to one zone."""
    control_plane: Literal["regional", "zonal"] = "regional"
    """Regional survives the loss of a zone and stays up during upgrades; zonal is enough for a workshop."""
    release_channel: Literal["RAPID", "REGULAR", "STABLE"] = "REGULAR"
    network: Annotated[ManagedNetwork | ExistingNetwork, Field(discriminator="kind")] = ManagedNetwork()
    authorized_networks: tuple[AuthorizedNetwork, ...] = ()
    """Who may reach the control plane by IP address. Empty: only through the cloud's DNS endpoint, with IAM."""
    pools: GkePools = GkePools()
    deletion_protection: bool = True
    """Refuse to delete the cluster; `binder-deploy down` switches it off in a step of its own."""

    @property
    def where(self) -> str:
        """What must not change in the life of a deployment, in words."""
        return f"project {self.project}, {self.region}"

    @model_validator(mode="after")
    def _zone_in_region(self) -> Self:
        if not self.zone.startswith(f"{self.region}-"):
            raise ValueError(f"zone must lie in the region; write {self.region}-b, for example")
        return self
