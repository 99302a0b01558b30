"""Add-ons that EKS keeps: the network before the first node, what runs on nodes after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi import Input
from pulumi_aws import eks

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.tags import tagged
from binder_deploy.components.handles import ClusterHandle

BEFORE_NODES: Mapping[str, Mapping[str, Any]] = {
    "vpc-cni": {
        # Its own agent passes over pods without an owner, and servers have none: Calico does it.
        "enableNetworkPolicy": "false",
        # Calico knows a pod's address the moment it has one.
        "env": {"ANNOTATE_POD_IP": "true"},
    },
    "kube-proxy": {},
    "eks-pod-identity-agent": {},
}
"""Without these a node never gets ready. Name → configuration."""
AFTER_NODES: Mapping[str, Mapping[str, Any]] = {"coredns": {}, "aws-ebs-csi-driver": {}}
"""Without a node these never get ready."""


@dataclass(frozen=True, kw_only=True)
class AddonsArgs(Args):
    """Inputs of `Addons`."""

    cluster: ClusterHandle
    addons: Mapping[str, Mapping[str, Any]]
    """Name → configuration."""
    versions: Mapping[str, Input[str]] = field(default_factory=dict)
    """Name → version that goes with the cluster's Kubernetes."""
    tags: Mapping[str, str]


class Addons(pulumi.ComponentResource):
    """Some add-ons, each awaited until it runs."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Addons", name, inputs(args), opts)
        self.ready = tuple(
            eks.Addon(
                f"{name}-{addon}",
                cluster_name=args.cluster.name,
                addon_name=addon,
                addon_version=args.versions.get(addon),
                # What the add-on's own controllers or a hand have changed gives way.
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                configuration_values=json.dumps(configuration) if configuration else None,
                tags=tagged(args.tags, addon),
                opts=named(self, args.after),
            )
            for addon, configuration in args.addons.items()
        )
        self.register_outputs({"addons": list(args.addons)})
