"""`address`: where people find the service, and who keeps its DNS records."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from binder_deploy.settings.base import Hostname, Model
from binder_deploy.settings.secrets import SecretRef


class CloudDns(Model):
    """The zone is ours, at Google: the records are created with the deployment and removed with it."""

    kind: Literal["cloud-dns"]
    zone: str
    """Name of the managed zone (not its domain): `gcloud dns managed-zones list` shows it."""
    project: str | None = None
    """Project of the zone, if it is not the platform's."""


class Route53(Model):
    """The zone is ours, at Amazon: the records are created with the deployment and removed with it."""

    kind: Literal["route53"]
    zone_id: str = Field(pattern=r"^Z[A-Z0-9]{5,31}$")
    """Id of the hosted zone: `aws route53 list-hosted-zones` shows it."""


class Cloudflare(Model):
    """The zone is ours, at Cloudflare: `up` makes the records, unproxied, and `down` removes them. Goes with any
    platform."""

    kind: Literal["cloudflare"]
    zone_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    """Zone ID, on the overview page of the domain."""
    token: SecretRef
    """API token that may edit the zone's records (Zone → DNS → Edit, for this zone alone)."""


class ManualDns(Model):
    """Somebody else keeps the zone: `up` prints the records and waits."""

    kind: Literal["manual"] = "manual"


Dns = Annotated[CloudDns | Route53 | Cloudflare | ManualDns, Field(discriminator="kind")]


class Domain(Model):
    """Two hosts below a domain: `binder.DOMAIN` and `hub.DOMAIN`; a third one, `registry.DOMAIN`, where images are kept
    in the cluster."""

    kind: Literal["domain"] = "domain"
    domain: Hostname
    """The parent of both host names."""
    dns: Dns = ManualDns()

    @property
    def binder_host(self) -> str:
        """Host name of BinderHub."""
        return f"binder.{self.domain}"

    @property
    def hub_host(self) -> str:
        """Host name of JupyterHub."""
        return f"hub.{self.domain}"

    @property
    def registry_host(self) -> str:
        """Host name of a registry inside the cluster: `/v2/` of the other one is BinderHub's."""
        return f"registry.{self.domain}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those that people visit, BinderHub's first. `Settings.hosts` has all that there are."""
        return self.binder_host, self.hub_host


class BareIp(Model):
    """No domain: everything at the reserved IP address, one origin, told apart by the path. Nobody can log in
    there: servers and the service would share their cookies."""

    kind: Literal["ip"]

    @property
    def hosts(self) -> tuple[str, ...]:
        """None has a name."""
        return ()

    @property
    def dns(self) -> None:
        """There are no records."""
        return None
