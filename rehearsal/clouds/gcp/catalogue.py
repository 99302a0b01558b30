"""The simulated Google Cloud, put together."""

from __future__ import annotations

from collections.abc import Callable

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.gcp import (
    addresses,
    artifactregistry,
    budgets,
    dns,
    iam,
    network,
    projects,
    routers,
    rules,
    words,
)
from binder_deploy.rehearsal.clouds.gcp.cluster import cluster
from binder_deploy.rehearsal.clouds.gcp.invokes import INVOKES
from binder_deploy.rehearsal.clouds.gcp.node_pool import NODE_POOL
from binder_deploy.rehearsal.clouds.kind import Place
from binder_deploy.rehearsal.clouds.operations import Provider
from binder_deploy.rehearsal.clouds.wire import UNKNOWN, Props


def gcp(control_plane: Callable[[], ControlPlane]) -> Provider:
    """Everything that is played; `control_plane` gives what the cluster is made of."""
    kinds = (
        *network.KINDS, *routers.KINDS, *addresses.KINDS, *iam.KINDS, *projects.KINDS, *artifactregistry.KINDS,
        *dns.KINDS, *budgets.KINDS, cluster(control_plane), NODE_POOL,
    )  # fmt: skip
    return Provider(
        name="gcp",
        package="pulumi_gcp",
        kinds={kind.pulumi_type: kind for kind in kinds},
        invokes=INVOKES,
        exists=words.exists,
        not_found=words.not_found,
        fault=words.fault,
        permitted=rules.api_enabled,
        place=_place,
    )


def _place(cloud: Cloud, configuration: Props) -> Place:
    told = (configuration.get(name) for name in ("project", "region", "zone"))
    project, region, zone = (value if isinstance(value, str) and value != UNKNOWN else "" for value in told)
    return Place(project, region, zone)
