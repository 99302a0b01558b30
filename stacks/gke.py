"""The program's part on Google Kubernetes Engine: everything around and below the cluster's own objects."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pulumi_gcp as gcp

from binder_deploy.charts.values.placement import Role
from binder_deploy.components.gke.address import Address, AddressArgs
from binder_deploy.components.gke.cluster import Cluster, ClusterArgs
from binder_deploy.components.gke.dns import DnsRecords, DnsRecordsArgs
from binder_deploy.components.gke.identities import (
    NodeAccount,
    NodeAccountArgs,
)
from binder_deploy.components.gke.network import Network, NetworkArgs
from binder_deploy.components.gke.pools import Pools, PoolsArgs, PoolSpec
from binder_deploy.components.gke.services import Services, ServicesArgs
from binder_deploy.components.handles import (
    ClusterHandle,
    NetworkHandle,
    RegistryHandle,
    StorageHandle,
)
from binder_deploy.settings.address import CloudDns, Domain
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.gke import Gke, GkePool, ManagedNetwork
from binder_deploy.settings.gke_apis import APIS, BUDGET_API, DNS_API
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names, labels, mark
from binder_deploy.stacks.gke_budget import budget
from binder_deploy.stacks.gke_images import pushing, repository
from binder_deploy.stacks.platform import Platform


def gke(settings: Settings) -> Platform:
    """Everything on Google's side, in order of need: the cluster comes with its pools, the registry with the
    right to push, the address with its records where the zone is ours."""
    platform, names, owned = narrowed(settings.platform, Gke), Names(settings.name), labels(settings)
    # An explicit provider: nothing in the caller's environment can point us at another project.
    provider = gcp.Provider("gcp", project=platform.project, region=platform.region, zone=platform.zone)
    opts = pulumi.ResourceOptions(providers=[provider])
    where = settings.address
    dns = where.dns
    apis = (*APIS, *([DNS_API] if isinstance(dns, CloudDns) else []), *([BUDGET_API] if settings.budget else []))
    services = Services("apis", ServicesArgs(project=platform.project, apis=apis), opts)
    address = Address(
        "address",
        AddressArgs(
            project=platform.project,
            region=platform.region,
            address=names.address,
            description=mark(settings),
            labels=owned,
            after=services.enabled,
        ),
        opts,
    ).handle
    if isinstance(where, Domain) and isinstance(dns, CloudDns):
        DnsRecords(
            "records",
            DnsRecordsArgs(
                project=dns.project or platform.project,
                zone=dns.zone,
                hosts=settings.hosts_by_name,
                ip=address.ip,
            ),
            opts,
        )
    budget(settings, services.enabled)
    registry = repository(settings, services.enabled, opts)
    cluster = _cluster(settings, services, registry, opts)
    images = pushing(settings, registry, cluster, services.enabled, provider, opts)
    return Platform(
        cluster=cluster,
        images_ready=images.ready,
        address=address,
        storage=StorageHandle(
            provisioner="pd.csi.storage.gke.io",
            # The labels reach the disks: a disk that is left over tells whose it was.
            parameters={"type": "pd-balanced", "labels": ",".join(f"{k}={v}" for k, v in owned.items())},
        ),
        entry_annotations={
            # The address by name is honoured by backend-service-based load balancers alone, and a Service
            # becomes one when it is created with this annotation, never later.
            "cloud.google.com/l4-rbs": "enabled",
            "networking.gke.io/load-balancer-ip-addresses": address.name,
        },
        registry_key=images.key,
    )


def _network(settings: Settings, services: Services, opts: pulumi.ResourceOptions) -> NetworkHandle:
    platform, names = narrowed(settings.platform, Gke), Names(settings.name)
    if not isinstance(platform.network, ManagedNetwork):
        return NetworkHandle(
            network=platform.network.network,
            subnetwork=platform.network.subnetwork,
            pods_range=platform.network.pods_range,
            services_range=platform.network.services_range,
        )
    return Network(
        "network",
        NetworkArgs(
            project=platform.project,
            region=platform.region,
            network=names.network,
            subnetwork=names.subnetwork,
            router=names.router,
            nat=names.nat,
            pods_range=names.pods_range,
            services_range=names.services_range,
            nodes_cidr=str(platform.network.nodes),
            pods_cidr=str(platform.network.pods),
            services_cidr=str(platform.network.services),
            description=mark(settings),
            after=services.enabled,
        ),
        opts,
    ).handle


def _cluster(
    settings: Settings,
    services: Services,
    registry: RegistryHandle | None,
    opts: pulumi.ResourceOptions,
) -> ClusterHandle:
    """The cluster with its pools behind it."""
    platform, names, owned = narrowed(settings.platform, Gke), Names(settings.name), labels(settings)
    network = _network(settings, services, opts)
    account = NodeAccount(
        "node-account",
        NodeAccountArgs(
            project=platform.project,
            account=names.node_account,
            description=mark(settings),
            registry=registry,
            after=services.enabled,
        ),
        opts,
    ).handle
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            project=platform.project,
            location=platform.region if platform.control_plane == "regional" else platform.zone,
            node_zone=platform.zone,
            cluster=names.cluster,
            description=mark(settings),
            labels=owned,
            network=network,
            control_plane_cidr=str(platform.network.control_plane),
            authorized_networks={n.name: str(n.cidr) for n in platform.authorized_networks},
            release_channel=platform.release_channel,
            account=account,
            deletion_protection=platform.deletion_protection,
            after=services.enabled,
        ),
        opts,
    ).handle
    roles: dict[Role, GkePool] = {
        "core": platform.pools.core,
        "user": platform.pools.user,
        "build": platform.pools.build,
    }
    pools = Pools(
        "pools",
        PoolsArgs(
            project=platform.project,
            zone=platform.zone,
            cluster=cluster,
            account=account,
            labels=owned,
            pools={role: _pool(names.pool(role), pool) for role, pool in roles.items()},
        ),
        opts,
    )
    return replace(cluster, ready=pools.ready)


def _pool(name: str, pool: GkePool) -> PoolSpec:
    return PoolSpec(
        name=name,
        **pool.model_dump(exclude={"gpu"}),
        gpu_type=pool.gpu.type if pool.gpu else "",
        gpu_count=pool.gpu.count if pool.gpu else 0,
    )
