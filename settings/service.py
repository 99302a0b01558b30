"""The Binder, its hub, what is installed, and how checks are treated."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from binder_deploy.settings.base import Email, Model, Quantity
from binder_deploy.settings.secrets import SecretRef

CheckId = Annotated[str, Field(pattern=r"^BD-[A-Z]+-[0-9]{3}$")]
CheckPhase = Literal["settings", "preflight", "cluster", "ingress", "tls", "hub", "binder", "canary", "teardown"]


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


class Page(Model):
    """What people read on BinderHub's pages."""

    title: str = Field(default="", max_length=80)
    """Heading of the front page; empty: upstream's."""
    banner: str = Field(default="", max_length=2000)
    """HTML above every page: whose service it is, when it is down."""
    about: str = Field(default="", max_length=20000)
    """HTML of the page `/about`: who runs it, for whom, privacy, imprint."""


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
    page: Page = Page()


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
    gpus: int = Field(default=0, ge=0, le=16)
    """Accelerators of each server; needs `platform.pools.user.gpu`."""
    placeholders: int = Field(default=0, ge=0, le=1000)
    """Places for servers that are kept free, so that a launch need not wait for a node. They cost as servers do."""
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
    zot: Chart = Chart()
    """The registry inside the cluster: `registry.kind: in-cluster`."""
    prometheus: Chart = Chart()
    grafana: Chart = Chart()


class Checks(Model):
    """Which checks are asked, and how their verdicts are treated."""

    ignore: tuple[CheckId, ...] = ()
    """Checks whose failure is shown as a warning and blocks nothing."""
    skip: tuple[CheckId, ...] = ()
    """Checks that are not asked at all; `up` does not ask them either."""
    only: tuple[CheckId, ...] = ()
    """`check` asks these alone, unless `--only` or `--phase` says otherwise."""
    phases: tuple[CheckPhase, ...] = ()
    """`check` asks these phases alone, unless `--only` or `--phase` says otherwise."""
    wait_seconds: float = Field(default=0, ge=0, le=86400)
    """`check` asks again for so long until nothing fails, unless `--wait` says otherwise."""
    canary: bool = True
    """Whether `up` and `upgrade` end with the proof: a small repository is built, launched, used and stopped. It takes
    minutes."""


class Budget(Model):
    """An alert when the bill grows: half of it, all of it, and when it is foreseen."""

    monthly: float = Field(gt=0)
    """In the currency of the billing account."""
    emails: tuple[Email, ...] = Field(min_length=1, max_length=5)
    """Who is told."""
    billing_account: str | None = Field(default=None, pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$")
    """Google only: `gcloud billing accounts list` shows it."""
