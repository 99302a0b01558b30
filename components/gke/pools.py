"""The three node pools, and the contract by which pods find them.

`charts.values.placement` has the labels and the taint. Every node says which pool it is of. The core pool
carries JupyterHub's label for core pods and never a taint: the cluster's own add-ons tolerate none. The user
and build pools carry JupyterHub's taint; the build pool has no label of JupyterHub's, else people's servers
would land there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import container

from binder_deploy.charts.values.placement import DEDICATED, POOL_LABEL, PURPOSE_LABEL, Role
from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.gke.cluster import OAUTH_SCOPES
from binder_deploy.components.handles import AccountHandle, ClusterHandle

EFFECTS = {"NoSchedule": "NO_SCHEDULE"}
"""Kubernetes' word → GKE's."""


@dataclass(frozen=True, kw_only=True)
class PoolSpec:
    """One pool."""

    name: str
    """Physical name, unique in the cluster."""
    machine: str
    min: int
    max: int
    disk_gb: int
    disk_type: str
    spot: bool
    gpu_type: str = ""
    """Accelerator of each node. GKE taints such nodes by itself, and pods that ask for one tolerate that."""
    gpu_count: int = 0


@dataclass(frozen=True, kw_only=True)
class PoolsArgs(Args):
    """Inputs of `Pools`."""

    project: Input[str]
    zone: Input[str]
    cluster: ClusterHandle
    account: AccountHandle
    labels: Mapping[str, str]
    """Of the machines and their disks at the cloud; nodes get those of the contract."""
    pools: Mapping[Role, PoolSpec]


class Pools(pulumi.ComponentResource):
    """A node pool for each role; `ready` has them all."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: PoolsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Pools", name, inputs(args), opts)
        self.ready = tuple(self._pool(name, role, spec, args) for role, spec in args.pools.items())
        self.register_outputs({"pools": [spec.name for spec in args.pools.values()]})

    def _pool(self, name: str, role: Role, spec: PoolSpec, args: PoolsArgs) -> container.NodePool:
        return container.NodePool(
            f"{name}-{role}",
            project=args.project,
            name=spec.name,
            cluster=args.cluster.name,
            location=args.cluster.location,
            # One zone: a disk can only be attached in its own.
            node_locations=[args.zone],
            initial_node_count=spec.min,
            autoscaling=container.NodePoolAutoscalingArgs(min_node_count=spec.min, max_node_count=spec.max),
            management=container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=container.NodePoolUpgradeSettingsArgs(strategy="SURGE", max_surge=1, max_unavailable=0),
            node_config=container.NodePoolNodeConfigArgs(
                machine_type=spec.machine,
                disk_size_gb=spec.disk_gb,
                disk_type=spec.disk_type,
                spot=spec.spot,
                guest_accelerators=_accelerators(spec),
                service_account=args.account.email,
                oauth_scopes=list(OAUTH_SCOPES),
                # Pods ask a proxy for tokens, never the machine's own metadata server.
                workload_metadata_config=container.NodePoolNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
                shielded_instance_config=container.NodePoolNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
                labels=node_labels(role),
                taints=node_taints(role),
                resource_labels=args.labels,
            ),
            opts=named(
                self,
                [*args.after, *args.account.ready],
                # The autoscaler's business. A change of the initial count would replace the pool.
                ignore_changes=["initialNodeCount", "nodeCount"],
            ),
        )


def _accelerators(spec: PoolSpec) -> list[container.NodePoolNodeConfigGuestAcceleratorArgs] | None:
    if not spec.gpu_count:
        return None
    driver = container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(gpu_driver_version="DEFAULT")
    return [
        container.NodePoolNodeConfigGuestAcceleratorArgs(
            type=spec.gpu_type, count=spec.gpu_count, gpu_driver_installation_config=driver
        )
    ]


def node_labels(role: Role) -> dict[str, str]:
    """Kubernetes labels of a pool's nodes."""
    purpose = {} if role == "build" else {PURPOSE_LABEL: role}
    return {POOL_LABEL: role, **purpose}


def node_taints(role: Role) -> Sequence[container.NodePoolNodeConfigTaintArgs]:
    """Taints of a pool's nodes."""
    if role == "core":
        return ()
    key, value, effect = DEDICATED
    return (container.NodePoolNodeConfigTaintArgs(key=key, value=value, effect=EFFECTS[effect]),)
