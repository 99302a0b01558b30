"""Where built images go: names and addresses, by kind of registry."""

from __future__ import annotations

from binder_deploy.settings.address import Domain
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names
from binder_deploy.settings.registry import ArtifactRegistry, Ecr, HostedRegistry, InClusterRegistry, OciRegistry

IMAGE_PREFIX = "r2d-"
"""In front of every image's own name."""
REGISTRY_PUSH, REGISTRY_PULL = "binder-push", "binder-pull"
"""Users of a registry inside the cluster: the one writes images, the other may only read them."""
HOSTED = {"docker-hub": "docker.io", "ghcr": "ghcr.io", "quay": "quay.io"}
"""Kind of a hosted registry → host in an image's name."""


def registry_host(settings: Settings) -> str:
    """Host of the registry as it stands in an image's name."""
    registry = settings.registry
    if isinstance(registry, ArtifactRegistry):
        return f"{narrowed(settings.platform, Gke).region}-docker.pkg.dev"
    if isinstance(registry, Ecr):
        platform = narrowed(settings.platform, Eks)
        return f"{platform.account}.dkr.ecr.{platform.region}.amazonaws.com"
    if isinstance(registry, HostedRegistry):
        return HOSTED[registry.kind]
    if isinstance(registry, InClusterRegistry):
        return narrowed(settings.address, Domain).registry_host
    return registry.host


def registry_path(settings: Settings) -> str:
    """What stands between the host and an image's name, without slashes around."""
    registry, names = settings.registry, Names(settings.name)
    if isinstance(registry, ArtifactRegistry):
        # All levels, or BinderHub drops one (jupyterhub/binderhub#800).
        return f"{narrowed(settings.platform, Gke).project}/{names.repository}"
    if isinstance(registry, HostedRegistry):
        return registry.namespace
    if isinstance(registry, OciRegistry):
        return registry.path
    return settings.name


def image_prefix(settings: Settings) -> str:
    """`HOST/PATH/r2d-`: BinderHub puts a repository's slug behind it."""
    return f"{registry_host(settings)}/{registry_path(settings)}/{IMAGE_PREFIX}"
