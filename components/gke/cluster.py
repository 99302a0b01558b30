"""The GKE cluster itself: Standard, private nodes, no pool of its own (see `pools`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi import Input, Output
from pulumi_gcp import container

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.gke.kubeconfig import kubeconfig
from binder_deploy.components.handles import AccountHandle, ClusterHandle, NetworkHandle

MAINTENANCE_START = "03:00"
"""UTC. GKE takes four hours from then."""
OAUTH_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
"""One wide scope: what a node may do is decided by its account's roles."""


@dataclass(frozen=True, kw_only=True)
class ClusterArgs(Args):
    """Inputs of `Cluster`."""

    project: Input[str]
    location: str
    """A region (control plane in three zones) or a zone."""
    node_zone: str
    """Where nodes run."""
    cluster: Input[str]
    """Physical name."""
    description: Input[str]
    labels: Mapping[str, str]
    network: NetworkHandle
    control_plane_cidr: Input[str]
    authorized_networks: Mapping[str, str] = field(default_factory=dict)
    """Name → CIDR of who may reach the control plane by IP. Empty: nobody, only the DNS endpoint answers."""
    release_channel: Input[str]
    account: AccountHandle
    deletion_protection: Input[bool]
    """Must be false *in the state* before the cluster can be deleted."""


class Cluster(pulumi.ComponentResource):
    """Control plane with Dataplane V2, workload identity and the disk driver."""

    handle: ClusterHandle

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Cluster", name, inputs(args), opts)
        by_address = bool(args.authorized_networks)
        cluster = container.Cluster(
            f"{name}-control-plane",
            project=args.project,
            name=args.cluster,
            description=args.description,
            location=args.location,
            # A zonal cluster runs its nodes in its own zone and refuses to be told so.
            node_locations=None if args.location == args.node_zone else [args.node_zone],
            resource_labels=args.labels,
            deletion_protection=args.deletion_protection,
            release_channel=container.ClusterReleaseChannelArgs(channel=args.release_channel),
            maintenance_policy=container.ClusterMaintenancePolicyArgs(
                daily_maintenance_window=container.ClusterMaintenancePolicyDailyMaintenanceWindowArgs(
                    start_time=MAINTENANCE_START
                )
            ),
            # GKE creates no cluster without a pool: this one goes at once, the real ones are resources of
            # their own. It gets our account, because many organisations switch the default one off.
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=container.ClusterNodeConfigArgs(
                machine_type="e2-small",
                disk_size_gb=20,
                disk_type="pd-standard",
                service_account=args.account.email,
                oauth_scopes=list(OAUTH_SCOPES),
                shielded_instance_config=container.ClusterNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
                resource_labels=args.labels,
            ),
            enable_shielded_nodes=True,
            network=args.network.network,
            subnetwork=args.network.subnetwork,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=args.network.pods_range,
                services_secondary_range_name=args.network.services_range,
            ),
            # Enforces network policies itself, so `network_policy` must stay unset. Chosen at creation only.
            datapath_provider="ADVANCED_DATAPATH",
            private_cluster_config=container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True, master_ipv4_cidr_block=args.control_plane_cidr
            ),
            control_plane_endpoints_config=container.ClusterControlPlaneEndpointsConfigArgs(
                dns_endpoint_config=container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
                    # Whoever lists addresses does not want a second way in that ignores them.
                    allow_external_traffic=not by_address
                ),
                ip_endpoints_config=container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(
                    enabled=by_address
                ),
            ),
            master_authorized_networks_config=_authorized(args.authorized_networks) if by_address else None,
            workload_identity_config=container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=Output.concat(args.project, ".svc.id.goog")
            ),
            cluster_autoscaling=container.ClusterClusterAutoscalingArgs(
                # No pools that nobody asked for; idle nodes go sooner than by default.
                enabled=False,
                autoscaling_profile="OPTIMIZE_UTILIZATION",
            ),
            addons_config=container.ClusterAddonsConfigArgs(
                gce_persistent_disk_csi_driver_config=(
                    container.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(enabled=True)
                ),
                # Its controller also serves the backend-service-based load balancer of our entry point.
                http_load_balancing=container.ClusterAddonsConfigHttpLoadBalancingArgs(disabled=False),
            ),
            logging_config=container.ClusterLoggingConfigArgs(enable_components=["SYSTEM_COMPONENTS", "WORKLOADS"]),
            monitoring_config=container.ClusterMonitoringConfigArgs(
                enable_components=["SYSTEM_COMPONENTS"],
                # Billed by sample.
                managed_prometheus=container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=False),
            ),
            opts=named(
                self,
                [*args.after, *args.network.ready, *args.account.ready],
                # After the default pool is gone GKE reports another pool's values here, and a change of
                # either replaces the cluster.
                ignore_changes=["nodeConfig", "initialNodeCount"],
            ),
        )
        endpoint, ca = _access(cluster, by_address)
        self.handle = ClusterHandle(
            name=cluster.name,
            location=cluster.location,
            endpoint=endpoint,
            ca=ca,
            kubeconfig=Output.all(cluster.name, endpoint, ca).apply(lambda known: kubeconfig(*known)),
            # Made of what replaces a cluster when it changes, and an output of the cluster itself: so a
            # replacement has to begin with what is in the cluster, and never leaves a load balancer behind.
            # (The engine as pinned closes the connection that it needs for that and stops with an error before
            # anything is deleted: another cluster is a removal and a new deployment.)
            identity=Output.concat(
                "gke/", args.project, "/", args.location, "/", cluster.name, "/", args.network.subnetwork
            ),
        )
        self.register_outputs({"name": cluster.name, "endpoint": endpoint, "kubeconfig": self.handle.kubeconfig})


def _authorized(networks: Mapping[str, str]) -> container.ClusterMasterAuthorizedNetworksConfigArgs:
    return container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(display_name=name, cidr_block=cidr)
            for name, cidr in networks.items()
        ],
        # Else every virtual machine of every customer of Google is authorized, too.
        gcp_public_cidrs_access_enabled=False,
    )


def _access(cluster: container.Cluster, by_address: bool) -> tuple[Output[str], Output[str]]:
    """Endpoint and certificate authority.

    They are taken together, because the endpoints block is an input as well: in a preview it is known but
    lacks the name, while the other two are unknown and keep the result unknown.
    """
    known = Output.all(
        cluster.endpoint if by_address else cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint,
        cluster.master_auth.cluster_ca_certificate,
        cluster.endpoint,
    )
    return known.apply(lambda values: str(values[0])), known.apply(lambda values: str(values[1]))
