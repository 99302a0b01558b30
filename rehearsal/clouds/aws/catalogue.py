"""The simulated Amazon account, put together."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from binder_deploy.rehearsal.clouds.aws import (
    access,
    addons,
    addresses,
    budgets,
    cluster,
    ecr,
    iam,
    logs,
    machines,
    network,
    node_group,
    places,
    route53,
    routes,
    rules,
    words,
)
from binder_deploy.rehearsal.clouds.aws.invokes import INVOKES
from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.kind import ApiError, Place
from binder_deploy.rehearsal.clouds.operations import Provider
from binder_deploy.rehearsal.clouds.wire import UNKNOWN, Props


def aws(control_plane: Callable[[], ControlPlane]) -> Provider:
    """Everything that is played; `control_plane` gives what the cluster is made of."""
    kinds = (
        *network.KINDS, *routes.KINDS, *addresses.KINDS, *iam.KINDS, *logs.KINDS, cluster.cluster(control_plane),
        *access.kinds(control_plane), addons.addon(control_plane), *machines.KINDS, *node_group.KINDS, *ecr.KINDS,
        *route53.KINDS, *budgets.KINDS,
    )  # fmt: skip
    return Provider(
        name="aws",
        package="pulumi_aws",
        kinds={kind.pulumi_type: kind for kind in kinds},
        invokes=INVOKES,
        exists=words.exists,
        not_found=words.not_found,
        fault=words.fault,
        permitted=rules.anything,
        place=_place,
    )


def _place(cloud: Cloud, configuration: Props) -> Place:
    account, region = str(cloud.session["account"]), configuration.get("region")
    allowed = _value(configuration.get("allowedAccountIds"))
    if allowed and account not in allowed:
        raise ApiError(f"AWS account ID not allowed: {account}")
    if isinstance(region, str) and region != UNKNOWN and region not in places.ZONES:
        raise ApiError(f"invalid AWS Region: {region}")
    tags = _value(configuration.get("defaultTags")) or {}
    return Place(
        project=account,
        region=region if isinstance(region, str) and region != UNKNOWN else "",
        caller=cluster.caller(cloud),
        tags=tags.get("tags") or {},
    )


def _value(text: Any) -> Any:
    """Nested configuration travels as JSON text."""
    return json.loads(text) if isinstance(text, str) and text != UNKNOWN else None
