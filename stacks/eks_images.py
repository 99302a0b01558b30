"""Amazon's registry for the images, where the settings choose it: how repositories come, and the right to push."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from binder_deploy.components.eks.policies import POD_IDENTITY, create_repositories, push
from binder_deploy.components.eks.registry import Registry, RegistryArgs
from binder_deploy.components.eks.roles import PodIdentity, PodIdentityArgs, Role, RoleArgs
from binder_deploy.components.handles import ClusterHandle
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.images import registry_path
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import BINDER_NAMESPACE, BINDER_SERVICE_ACCOUNT, Names, labels, mark
from binder_deploy.settings.registry import Ecr


def pushing(settings: Settings, cluster: ClusterHandle, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    """What a first build needs; nothing where images go elsewhere."""
    registry = settings.registry
    if not isinstance(registry, Ecr):
        return ()
    platform, names, owned = narrowed(settings.platform, Eks), Names(settings.name), labels(settings)
    prefix = registry_path(settings)
    template = Registry(
        "registry",
        RegistryArgs(
            prefix=prefix,
            description=mark(settings),
            role=Role(
                "repositories-role",
                RoleArgs(
                    role=names.of("repositories"),
                    description=mark(settings),
                    service="ecr.amazonaws.com",
                    policy=create_repositories(platform.region, platform.account, prefix),
                    tags=owned,
                ),
                opts,
            ).handle,
            keep_days=registry.keep_days,
            tags=owned,
        ),
        opts,
    )
    identity = PodIdentity(
        "push",
        PodIdentityArgs(
            cluster=cluster,
            namespace=BINDER_NAMESPACE,
            service_account=BINDER_SERVICE_ACCOUNT,
            role=Role(
                "push-role",
                RoleArgs(
                    role=names.push_account,
                    description=mark(settings),
                    service=POD_IDENTITY,
                    policy=push(platform.region, platform.account, prefix),
                    tags=owned,
                ),
                opts,
            ).handle,
            tags=owned,
        ),
        opts,
    )
    return (*template.ready, *identity.ready)
