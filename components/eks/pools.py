"""The three managed node groups; `charts.values.placement` has the contract by which pods find them.

Every node says which pool it is of. The core pool is never tainted: the cluster's own add-ons tolerate none. The user
and build pools carry JupyterHub's taint; the build pool has no label of JupyterHub's, else servers would land there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_aws import autoscaling, ec2, eks

from binder_deploy.charts.values.placement import DEDICATED, POOL_LABEL, PURPOSE_LABEL, Role
from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.handles import RoleHandle, VpcHandle
from binder_deploy.components.eks.policies import AUTOSCALER_TAG
from binder_deploy.components.eks.tags import tagged
from binder_deploy.components.handles import ClusterHandle

EFFECTS = {"NoSchedule": "NO_SCHEDULE"}
"""Kubernetes' word → EKS's."""
ROOT_DISK = "/dev/xvda"
"""What Amazon Linux boots from."""


@dataclass(frozen=True, kw_only=True)
class PoolSpec:
    """One node group."""

    name: str
    """Physical name, unique in the cluster."""
    machine: str
    min: int
    max: int
    disk_gb: int
    spot: bool
    gpu: bool = False
    """Accelerators: the machine type has them, the image must have their driver."""


@dataclass(frozen=True, kw_only=True)
class PoolsArgs(Args):
    """Inputs of `Pools`."""

    cluster: ClusterHandle
    cluster_name: str
    """The same name, known before the cluster is: it is part of tags' keys."""
    kubernetes: Input[str]
    network: VpcHandle
    role: RoleHandle
    tags: Mapping[str, str]
    pools: Mapping[Role, PoolSpec]


class Pools(pulumi.ComponentResource):
    """A node group for each role; `ready` has them all, and what the autoscaler reads about them."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: PoolsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Pools", name, inputs(args), opts)
        self.ready = tuple(made for role, spec in args.pools.items() for made in self._pool(name, role, spec, args))
        self.register_outputs({"pools": [spec.name for spec in args.pools.values()]})

    def _pool(self, name: str, role: Role, spec: PoolSpec, args: PoolsArgs) -> tuple[pulumi.Resource, ...]:
        template = self._template(f"{name}-{role}-template", spec, args)
        group = eks.NodeGroup(
            f"{name}-{role}",
            cluster_name=args.cluster.name,
            node_group_name=spec.name,
            node_role_arn=args.role.arn,
            # One zone: a disk can only be attached in its own.
            subnet_ids=[args.network.node_subnet],
            version=args.kubernetes,
            # Bottlerocket's SELinux refuses the privileged pods that builds need.
            ami_type="AL2023_x86_64_NVIDIA" if spec.gpu else "AL2023_x86_64_STANDARD",
            capacity_type="SPOT" if spec.spot else "ON_DEMAND",
            instance_types=[spec.machine],
            launch_template=eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
            scaling_config=eks.NodeGroupScalingConfigArgs(min_size=spec.min, max_size=spec.max, desired_size=spec.min),
            update_config=eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            labels=node_labels(role),
            taints=node_taints(role),
            tags=tagged(args.tags, f"{args.cluster_name}-{spec.name}"),
            opts=named(
                self,
                [*args.after, *args.role.ready, *args.network.ready],
                # The autoscaler's business.
                ignore_changes=["scalingConfig.desiredSize"],
            ),
        )
        return (group, *self._scaling(f"{name}-{role}", role, group, args))

    def _template(self, name: str, spec: PoolSpec, args: PoolsArgs) -> ec2.LaunchTemplate:
        full = f"{args.cluster_name}-{spec.name}"
        tags = tagged(args.tags, full)
        return ec2.LaunchTemplate(
            name,
            name=full,
            description=f"Nodes of {full}",
            update_default_version=True,
            metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # One hop is as far as the node itself: a pod never sees the machine's own identity.
                http_put_response_hop_limit=1,
            ),
            block_device_mappings=[
                ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=ROOT_DISK,
                    ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_size=spec.disk_gb, volume_type="gp3", encrypted="true", delete_on_termination="true"
                    ),
                )
            ],
            # EKS hands a group's tags on to the group alone.
            tag_specifications=[
                ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            tags=tags,
            opts=named(self, args.after),
        )

    def _scaling(self, name: str, role: Role, group: eks.NodeGroup, args: PoolsArgs) -> tuple[pulumi.Resource, ...]:
        scaled = group.resources.apply(_scaling_group)
        return tuple(
            autoscaling.Tag(
                f"{name}-{key}",
                autoscaling_group_name=scaled,
                tag=autoscaling.TagTagArgs(key=tag, value=value, propagate_at_launch=False),
                opts=named(self),
            )
            for key, (tag, value) in scaling_tags(args.cluster_name, role).items()
        )


def _scaling_group(made: Sequence[eks.outputs.NodeGroupResource]) -> str:
    """EKS makes one for each node group."""
    (group,) = made[0].autoscaling_groups or ()
    return str(group.name)


def scaling_tags(cluster: str, role: Role) -> dict[str, tuple[str, str]]:
    """Key → tag on the autoscaling group: which autoscaler it belongs to, and what a node of it would be like. An
    empty group has no node to look at, so without these nobody would know that a new one would do."""
    template = f"{AUTOSCALER_TAG}/node-template"
    tags = {
        "enabled": (f"{AUTOSCALER_TAG}/enabled", "true"),
        "owned": (f"{AUTOSCALER_TAG}/{cluster}", "owned"),
    }
    for label, value in node_labels(role).items():
        tags[f"label-{label.rpartition('/')[2]}"] = (f"{template}/label/{label}", value)
    if role != "core":
        key, value, effect = DEDICATED
        tags["taint"] = (f"{template}/taint/{key}", f"{value}:{effect}")
    return tags


def node_labels(role: Role) -> dict[str, str]:
    """Kubernetes labels of a pool's nodes."""
    purpose = {} if role == "build" else {PURPOSE_LABEL: role}
    return {POOL_LABEL: role, **purpose}


def node_taints(role: Role) -> Sequence[eks.NodeGroupTaintArgs]:
    """Taints of a pool's nodes."""
    if role == "core":
        return ()
    key, value, effect = DEDICATED
    return (eks.NodeGroupTaintArgs(key=key, value=value, effect=EFFECTS[effect]),)
