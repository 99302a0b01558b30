"""`platform` for Amazon Elastic Kubernetes Service."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from binder_deploy.settings.base import Model
from binder_deploy.settings.gke import AuthorizedNetwork
from binder_deploy.settings.pools import Pool, ThreePools

Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$")]
Account = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]+$")]
VpcId = Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]+$")]
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[-a-z]*:iam::[0-9]{12}:(role|user)/.+$")]


class EksPools(ThreePools):
    """The three managed node groups: the service itself, people's servers, image builds."""

    core: Pool = Pool(machine="m6i.xlarge", min=1, max=3)
    """Hub, proxy, Binder, Traefik, cert-manager and the cluster's own add-ons. Never tainted."""
    user: Pool = Pool(machine="m6i.2xlarge", min=0, max=4)
    """Servers that people launch."""
    build: Pool = Pool(machine="m6i.xlarge", min=0, max=2, disk_gb=200)
    """Image builds, which need privileges: kept away from everything else."""


class ManagedVpc(Model):
    """A VPC of our own: one public and one private subnet in each of two zones, NAT towards the internet."""

    kind: Literal["managed"] = "managed"
    cidr: IPv4Network = IPv4Network("10.40.0.0/16")
    """Addresses of nodes and pods; /16 to /18. A pod takes one of them."""

    @model_validator(mode="after")
    def _roomy(self) -> Self:
        if not 16 <= self.cidr.prefixlen <= 18:
            raise ValueError("cidr must be a /16 to /18: every pod takes an address of its own")
        return self


class ExistingVpc(Model):
    """The institution's own network. It is used, never changed (but for one tag on the subnets), never removed."""

    kind: Literal["existing"]
    vpc: VpcId
    private_subnets: tuple[SubnetId, ...] = Field(min_length=2)
    """In two zones at least; nodes run in the one that lies in `platform.zone`."""
    public_subnets: tuple[SubnetId, ...] = Field(min_length=1)
    """For the load balancer, which has one address and so stands in one zone: one lies in `platform.zone`."""


class Eks(Model):
    """A cluster with managed node groups: Auto Mode and Bottlerocket refuse the privileged pods that builds need."""

    kind: Literal["eks"]
    account: Account
    """Account number: `aws sts get-caller-identity` shows it. Another one's credentials are refused."""
    region: Region
    """Where everything lives: `eu-central-1`."""
    zone: Zone
    """Where the nodes run, in that region: disks are bound to one zone."""
    kubernetes: Annotated[str, StringConstraints(pattern=r"^1\.[0-9]{2}$")] = "1.36"
    """Version of the control plane and the nodes. Standard support of 1.36 ends on 2027-08-02."""
    network: Annotated[ManagedVpc | ExistingVpc, Field(discriminator="kind")] = ManagedVpc()
    authorized_networks: tuple[AuthorizedNetwork, ...] = ()
    """Who may reach the control plane from the internet; everybody with credentials where none is named."""
    admins: tuple[RoleArn, ...] = ()
    """Roles and users that administer the cluster beside whoever deploys it."""
    log_days: LogDays = 30
    """How long the control plane's log is kept, in days: one of the numbers that CloudWatch knows."""
    pools: EksPools = EksPools()
    deletion_protection: bool = True
    """Refuse to delete the cluster; `binder-deploy down` switches it off in a step of its own."""

    @property
    def where(self) -> str:
        """What must not change in the life of a deployment, in words."""
        return f"account {self.account}, {self.region}"

    @model_validator(mode="after")
    def _zone_in_region(self) -> Self:
        if not self.zone.startswith(self.region):
            raise ValueError(f"zone must lie in the region; write {self.region}a, for example")
        return self
