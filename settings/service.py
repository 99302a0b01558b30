"""The platform-free sections: address, certificates, registry, the Binder and its hub."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from binder_deploy.settings.base import Email, Hostname, Model, Quantity
from binder_deploy.settings.secrets import SecretRef


class ArtifactRegistry(Model):
    """Google Artifact Registry, in the platform's project and region."""

    kind: Literal["artifact-registry"] = "artifact-registry"
    keep_days: int = Field(default=30, ge=1, le=3650)
    """Images that nobody has rebuilt for so long are removed; the next launch builds them again."""
    keep_versions: int = Field(default=3, ge=1, le=100)
    """Newest versions of every image that are kept whatever their age."""
    push: Literal["workload-identity", "key"] = "workload-identity"
    """How Binder proves who it is when it pushes. A key lives until it is revoked; many organisations forbid it."""


class CloudDns(Model):
    """The zone is ours: the records are created with the deployment and removed with it."""

    kind: Literal["cloud-dns"]
    zone: str
    """Name of the managed zone (not its domain): `gcloud dns managed-zones list` shows it."""
    project: str | None = None
    """Project of the zone, if it is another one."""


class ManualDns(Model):
    """Somebody else keeps the zone: `up` prints the records and waits."""

    kind: Literal["manual"] = "manual"


class Address(Model):
    """Where people find the service: `binder.DOMAIN` and `hub.DOMAIN`."""

    domain: Hostname
    """The parent of both host names."""
    dns: Annotated[CloudDns | ManualDns, Field(discriminator="kind")] = ManualDns()

    @property
    def binder_host(self) -> str:
        """Host name of BinderHub."""
        return f"binder.{self.domain}"

    @property
    def hub_host(self) -> str:
        """Host name of JupyterHub."""
        return f"hub.{self.domain}"


class LetsEncrypt(Model):
    """Certificates from Let's Encrypt, kept fresh by cert-manager."""

    kind: Literal["letsencrypt"] = "letsencrypt"
    email: Email
    """Let's Encrypt writes there when a certificate is about to expire."""
    server: Literal["staging", "production"] = "staging"
    """Staging has generous limits and certificates that browsers refuse; switch when the checks pass."""


class Resources(Model):
    """What a container is promised and what it may use at the most."""

    memory_guarantee: Quantity = "1Gi"
    memory_limit: Quantity = "2Gi"
    cpu_guarantee: float = Field(default=0.1, ge=0.01, le=128)
    cpu_limit: float = Field(default=2.0, ge=0.05, le=128)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.cpu_limit < self.cpu_guarantee:
            raise ValueError("cpu_limit must be at least cpu_guarantee")
        return self


class Builds(Model):
    """Image builds."""

    builder: Literal["dind", "pink"] = "dind"
    """Docker or Podman in a privileged pod of the build pool."""
    repo2docker: Resources = Resources(memory_guarantee="256Mi", memory_limit="1Gi", cpu_guarantee=0.1, cpu_limit=1.0)
    """The pod that clones and drives a build."""
    daemon: Resources = Resources(memory_guarantee="2Gi", memory_limit="8Gi", cpu_guarantee=0.5, cpu_limit=3.0)
    """The daemon that runs the build's steps on each build node: its limit is what a build may use."""
    max_age_minutes: int = Field(default=60, ge=5, le=1440)
    """A build that takes longer is ended."""


class Binder(Model):
    """BinderHub: who may build and launch what, and how much."""

    max_servers: int = Field(default=60, ge=0, le=10000)
    """Servers at one time; 0 is maintenance: nobody can launch."""
    per_repo: int = Field(default=20, ge=0, le=10000)
    """Servers of one repository at one time; 0 is no limit."""
    launches_per_hour: int = Field(default=10, ge=0)
    """Builds and launches per client address and hour; 0 is no limit."""
    banned_repositories: tuple[str, ...] = ()
    """Regular expressions of repositories (`^org/name(/.*)?$`) that are refused."""
    github_token: SecretRef | None = None
    """Without one GitHub answers 60 requests an hour, with one 5,000. No scope is needed for public ones."""
    builds: Builds = Builds()


class Culling(Model):
    """When a server is stopped."""

    idle_minutes: int = Field(default=60, ge=1, le=10080)
    every_minutes: int = Field(default=10, ge=1, le=1440)
    """How often idle servers are looked for; shorter than `idle_minutes`."""
    max_age_hours: int = Field(default=12, ge=0, le=720)
    """Ends a server that is in use, too; 0 is never."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.every_minutes > self.idle_minutes:
            raise ValueError("every_minutes must not exceed idle_minutes, else idle servers stay up")
        return self


class Hub(Model):
    """JupyterHub and the servers that it starts."""

    server: Resources = Resources()
    """One person's server."""
    culling: Culling = Culling()
    database_gb: int = Field(default=1, ge=1, le=100)
    """Disk of the hub's database, in GiB."""
    storage_class: str | None = None
    """StorageClass of that disk. Left out: one of our own is made and used."""


class Chart(Model):
    """The way out for what has no setting: merged last. A key that binder-deploy owns is refused."""

    values: dict[str, Any] = Field(default_factory=dict)
    """Helm values of this chart, as its documentation writes them."""


class ServiceChart(Chart):
    """The Binder service: values below `binderhub:` belong to the upstream chart."""

    extra_config: dict[str, str] = Field(default_factory=dict)
    """Name: path of a Python file that BinderHub runs as configuration, after ours, in order of the names."""


class Charts(Model):
    """What is installed, chart by chart."""

    binder_service: ServiceChart = Field(default=ServiceChart(), alias="binder-service")
    traefik: Chart = Chart()
    cert_manager: Chart = Field(default=Chart(), alias="cert-manager")


class Checks(Model):
    """How verdicts are treated."""

    ignore: tuple[Annotated[str, Field(pattern=r"^BD-[A-Z]+-[0-9]{3}$")], ...] = ()
    """Checks whose failure is shown as a warning and blocks nothing."""


class LocalState(Model):
    """The state in `.binder-deploy/state` of the deployment's folder. Refused in CI: it would be lost."""

    kind: Literal["local"] = "local"
