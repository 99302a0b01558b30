"""The EKS cluster itself: its control plane and its log, no node (see `pools`), no add-on (see `addons`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input, Output
from pulumi_aws import cloudwatch, eks

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.handles import RoleHandle, VpcHandle
from binder_deploy.components.eks.kubeconfig import kubeconfig
from binder_deploy.components.eks.tags import tagged
from binder_deploy.components.handles import ClusterHandle

LOGS = ("api", "audit", "authenticator")
"""Who did what, and who was let in. The scheduler's and the controllers' own logs are large and say little."""


@dataclass(frozen=True, kw_only=True)
class ClusterArgs(Args):
    """Inputs of `Cluster`."""

    account: str
    region: str
    cluster: str
    """Physical name."""
    kubernetes: Input[str]
    """Minor version: `1.36`."""
    network: VpcHandle
    role: RoleHandle
    public_access: Sequence[str]
    """CIDR blocks from which the control plane answers over the internet; empty: from everywhere."""
    log_days: int
    """How long the control plane's log is kept."""
    protect: bool
    """Refuse to delete or replace the cluster."""
    tags: Mapping[str, str]


class Cluster(pulumi.ComponentResource):
    """Control plane with access entries, in standard support."""

    handle: ClusterHandle

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Cluster", name, inputs(args), opts)
        # A cluster that finds no group of this name makes one, which nobody removes and which keeps for ever.
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/eks/{args.cluster}/cluster",
            retention_in_days=args.log_days,
            tags=tagged(args.tags, args.cluster),
            opts=named(self, args.after),
        )
        cluster = eks.Cluster(
            f"{name}-control-plane",
            name=args.cluster,
            role_arn=args.role.arn,
            version=args.kubernetes,
            # Network, name service and proxy come as add-ons in their own order, not as copies that nobody updates.
            bootstrap_self_managed_addons=False,
            access_config=eks.ClusterAccessConfigArgs(
                authentication_mode="API",
                # Who deploys gets an entry like everybody else: one that can be seen and taken away.
                bootstrap_cluster_creator_admin_permissions=False,
            ),
            # Extended support costs six times as much, and begins by itself.
            upgrade_policy=eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            enabled_cluster_log_types=list(LOGS),
            vpc_config=eks.ClusterVpcConfigArgs(
                subnet_ids=list(args.network.control_plane_subnets),
                # Nodes never leave the network to reach it.
                endpoint_private_access=True,
                endpoint_public_access=True,
                public_access_cidrs=list(args.public_access) or ["0.0.0.0/0"],
            ),
            tags=tagged(args.tags, args.cluster),
            opts=named(
                self,
                [*args.after, log, *args.role.ready, *args.network.ready],
                # EKS has a switch of its own, but `down` could turn it only by an update, for which it would need
                # charts and secrets that may be gone by then. This one is the engine's, in the state.
                protect=args.protect,
            ),
        )
        ca = cluster.certificate_authority.apply(lambda authority: str(authority.data))
        self.handle = ClusterHandle(
            name=cluster.name,
            location=Output.from_input(args.region),
            endpoint=cluster.endpoint.apply(lambda url: url.removeprefix("https://")),
            ca=ca,
            kubeconfig=Output.all(cluster.name, cluster.endpoint, ca).apply(
                lambda known: kubeconfig(str(known[0]), str(known[1]), str(known[2]), args.region)
            ),
            # An output of the cluster, made of what makes it another one.
            identity=Output.concat("eks/", args.account, "/", args.region, "/", cluster.name, "/", args.network.vpc),
        )
        self.register_outputs({"name": cluster.name, "kubeconfig": self.handle.kubeconfig})
