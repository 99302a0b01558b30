"""`registry`: where built images go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from binder_deploy.settings.base import Model
from binder_deploy.settings.secrets import SecretRef

PathPart = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$")]
"""What may stand in an image's name: lower case, digits, single separators."""
RegistryHost = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$", to_lower=True)
]


class ArtifactRegistry(Model):
    """Google Artifact Registry, in the platform's project and region."""

    kind: Literal["artifact-registry"] = "artifact-registry"
    keep_days: int = Field(default=30, ge=1, le=3650)
    """Images that nobody has rebuilt for so long are removed; the next launch builds them again."""
    keep_versions: int = Field(default=3, ge=1, le=100)
    """Newest versions of every image that are kept whatever their age."""
    push: Literal["workload-identity", "key"] = "workload-identity"
    """How Binder proves who it is when it pushes. A key lives until it is revoked; many organisations forbid it."""


class Ecr(Model):
    """Amazon Elastic Container Registry, in the platform's account and region. A first push makes its repository."""

    kind: Literal["ecr"]
    keep_days: int = Field(default=30, ge=1, le=3650)
    """Images pushed longer ago than that are removed; the next launch builds them again."""


class Login(Model):
    """A user of a registry."""

    username: str = Field(min_length=1)
    password: SecretRef
    """Better a token with just the right that it needs than the account's password."""


class HostedRegistry(Model):
    """A public registry."""

    kind: Literal["docker-hub", "ghcr", "quay"]
    namespace: PathPart
    """The user or organisation that owns the images, lower case."""
    push: Login
    """Who writes images: the only right that it needs."""
    pull: Login | None = None
    """Who reads them, where images are private. Left out: images are public, or whoever pushes reads, too."""


class InClusterRegistry(Model):
    """A registry of the deployment's own, for those who have none: it runs beside BinderHub at `registry.DOMAIN`, with
    its images on a disk, and goes with the deployment. Nodes pull from it only with a certificate that they trust."""

    kind: Literal["in-cluster"]
    disk_gb: int = Field(default=100, ge=10, le=16384)
    """Size of the disk that holds the images. It can grow, and never shrink."""
    keep_days: int = Field(default=30, ge=1, le=3650)
    """Images that nobody has built or launched for so long are removed; the next launch builds them again."""


class OciRegistry(Model):
    """Harbor, or any registry that speaks OCI's distribution API over HTTPS."""

    kind: Literal["harbor", "oci"]
    host: RegistryHost
    """Host, and port if it is not 443; no scheme, no path."""
    path: PathPart
    """What stands between the host and an image's name: Harbor's project, for example."""
    push: Login
    """Who writes images. Harbor: a robot account (`robot$…`) that may push."""
    pull: Login | None = None
    """Who reads them. Left out: whoever pushes reads, too."""
