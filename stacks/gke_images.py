"""Google's registry for the images, where the settings choose it: the repository, and the right to push to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from binder_deploy.components.gke.identities import PushKey, PushKeyArgs, PushPrincipal, PushPrincipalArgs
from binder_deploy.components.gke.registry import Registry, RegistryArgs
from binder_deploy.components.handles import ClusterHandle, RegistryHandle
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import BINDER_NAMESPACE, BINDER_SERVICE_ACCOUNT, Names, labels, mark
from binder_deploy.settings.registry import ArtifactRegistry


@dataclass(frozen=True, kw_only=True)
class Pushing:
    """What a first build needs."""

    ready: Sequence[pulumi.Resource] = ()
    key: pulumi.Output[str] | None = None
    """JSON key of the push account, where pushing goes by key."""


def repository(
    settings: Settings, after: Sequence[pulumi.Resource], opts: pulumi.ResourceOptions
) -> RegistryHandle | None:
    """The repository; None where images go elsewhere."""
    platform, registry = narrowed(settings.platform, Gke), settings.registry
    if not isinstance(registry, ArtifactRegistry):
        return None
    return Registry(
        "registry",
        RegistryArgs(
            project=platform.project,
            location=platform.region,
            repository=Names(settings.name).repository,
            description=mark(settings),
            labels=labels(settings),
            keep_days=registry.keep_days,
            keep_versions=registry.keep_versions,
            after=after,
        ),
        opts,
    ).handle


def pushing(
    settings: Settings,
    registry: RegistryHandle | None,
    cluster: ClusterHandle,
    after: Sequence[pulumi.Resource],
    provider: gcp.Provider,
    opts: pulumi.ResourceOptions,
) -> Pushing:
    """The right to push, as the settings want it: by identity, or by key."""
    if registry is None:
        return Pushing()
    project = narrowed(settings.platform, Gke).project
    if narrowed(settings.registry, ArtifactRegistry).push == "key":
        by_key = PushKey(
            "push",
            PushKeyArgs(
                project=project,
                account=Names(settings.name).push_account,
                description=mark(settings),
                registry=registry,
                after=after,
            ),
            opts,
        )
        return Pushing(ready=by_key.ready, key=by_key.key)
    found = gcp.organizations.get_project_output(
        project_id=project,
        opts=pulumi.InvokeOutputOptions(provider=provider, depends_on=list(after)),
    )
    principal = PushPrincipal(
        "push",
        PushPrincipalArgs(
            project=project,
            project_number=found.number,
            namespace=BINDER_NAMESPACE,
            service_account=BINDER_SERVICE_ACCOUNT,
            registry=registry,
            after=cluster.ready,
        ),
        opts,
    )
    return Pushing(ready=principal.ready)
