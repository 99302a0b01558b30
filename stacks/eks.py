"""The program's part on Amazon EKS: everything around and below the cluster's own objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.placement import Role as PoolRole
from binder_deploy.components.eks.addons import AFTER_NODES, BEFORE_NODES, Addons, AddonsArgs
from binder_deploy.components.eks.address import Address, AddressArgs
from binder_deploy.components.eks.budget import Budget, BudgetArgs
from binder_deploy.components.eks.cluster import Cluster, ClusterArgs
from binder_deploy.components.eks.dns import DnsRecords, DnsRecordsArgs
from binder_deploy.components.eks.handles import RoleHandle, VpcHandle
from binder_deploy.components.eks.policies import POD_IDENTITY, managed
from binder_deploy.components.eks.pools import Pools, PoolsArgs, PoolSpec
from binder_deploy.components.eks.roles import Admins, AdminsArgs, PodIdentity, PodIdentityArgs, Role, RoleArgs
from binder_deploy.components.handles import ClusterHandle, StorageHandle
from binder_deploy.settings.address import Domain, Route53
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import partition
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names, labels, mark
from binder_deploy.settings.pools import Pool
from binder_deploy.stacks.eks_entrance import LOAD_BALANCER_CLASS, disks, on_entry_point
from binder_deploy.stacks.eks_images import pushing
from binder_deploy.stacks.eks_inside import inside
from binder_deploy.stacks.eks_network import network
from binder_deploy.stacks.platform import Platform


def eks(settings: Settings, charts: ChartSet) -> Platform:
    """Everything on Amazon's side, in order of need: the network, the address with its records where the zone is
    ours, the cluster with its nodes, add-ons and administrators, the right to push."""
    platform, names, owned = narrowed(settings.platform, Eks), Names(settings.name), labels(settings)
    # An explicit provider: nothing in the caller's environment can point us at another region or account.
    provider = aws.Provider("aws", region=platform.region, allowed_account_ids=[platform.account])
    opts = pulumi.ResourceOptions(providers=[provider])
    where = network(settings, provider, opts)
    # What is behind an address must go before the way that leads there.
    address = Address("address", AddressArgs(name=names.address, tags=owned, after=where.ready), opts).handle
    host = settings.address
    if isinstance(host, Domain) and isinstance(host.dns, Route53):
        DnsRecords(
            "records",
            DnsRecordsArgs(zone=host.dns.zone_id, hosts=settings.hosts_by_name, ip=address.ip),
            opts,
        )
    if settings.budget:
        Budget(
            "budget",
            BudgetArgs(
                account=platform.account,
                name=names.of("budget"),
                monthly=settings.budget.monthly,
                emails=settings.budget.emails,
                tags=owned,
            ),
            opts,
        )
    cluster = _cluster(settings, where, provider, opts)
    return Platform(
        cluster=cluster,
        images_ready=pushing(settings, cluster, opts),
        address=address,
        storage=StorageHandle(provisioner="ebs.csi.aws.com", parameters=disks(settings)),
        entry_annotations=on_entry_point(settings, address, where),
        load_balancer_class=LOAD_BALANCER_CLASS,
        inside=inside(settings, charts, cluster, where, opts),
    )


def _cluster(
    settings: Settings, where: VpcHandle, provider: aws.Provider, opts: pulumi.ResourceOptions
) -> ClusterHandle:
    """The cluster with everything behind it that whatever is installed there needs, from first to last."""
    platform, names, owned = narrowed(settings.platform, Eks), Names(settings.name), labels(settings)
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            account=platform.account,
            region=platform.region,
            cluster=names.cluster,
            kubernetes=platform.kubernetes,
            network=where,
            role=_role(settings, "cluster", "eks.amazonaws.com", ["AmazonEKSClusterPolicy"], opts),
            public_access=[str(n.cidr) for n in platform.authorized_networks],
            log_days=platform.log_days,
            protect=platform.deletion_protection,
            tags=owned,
        ),
        opts,
    ).handle
    admins = Admins(
        "admins",
        AdminsArgs(
            cluster=cluster,
            principals=(deployer(provider), *platform.admins),
            policy=cluster_policy(platform.region),
            tags=owned,
        ),
        opts,
    )
    versions = {
        addon: aws.eks.get_addon_version(
            addon_name=addon,
            kubernetes_version=platform.kubernetes,
            opts=pulumi.InvokeOptions(provider=provider),
        ).version
        for addon in (*BEFORE_NODES, *AFTER_NODES)
    }
    first = Addons(
        "network-addons", AddonsArgs(cluster=cluster, addons=BEFORE_NODES, versions=versions, tags=owned), opts
    )
    pools = _pools(settings, cluster, where, first.ready, opts)
    disk_driver = PodIdentity(
        "ebs-csi-identity",
        PodIdentityArgs(
            cluster=cluster,
            namespace="kube-system",
            service_account="ebs-csi-controller-sa",
            role=_role(settings, "ebs-csi", POD_IDENTITY, ["service-role/AmazonEBSCSIDriverPolicy"], opts),
            tags=owned,
        ),
        opts,
    )
    second = Addons(
        "addons",
        AddonsArgs(
            cluster=cluster,
            addons=AFTER_NODES,
            versions=versions,
            tags=owned,
            after=[*pools.ready, *disk_driver.ready],
        ),
        opts,
    )
    return replace(cluster, ready=(*pools.ready, *second.ready, *admins.ready))


def _pools(
    settings: Settings,
    cluster: ClusterHandle,
    where: VpcHandle,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Pools:
    platform, names = narrowed(settings.platform, Eks), Names(settings.name)
    groups: dict[PoolRole, Pool] = {
        "core": platform.pools.core,
        "user": platform.pools.user,
        "build": platform.pools.build,
    }
    policies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"]
    return Pools(
        "pools",
        PoolsArgs(
            cluster=cluster,
            cluster_name=names.cluster,
            kubernetes=platform.kubernetes,
            network=where,
            # The network's own agent has its rights from the node: it must work before any pod can be given a role.
            role=_role(settings, "nodes", "ec2.amazonaws.com", policies, opts),
            tags=labels(settings),
            pools={role: _pool(names.pool(role), pool) for role, pool in groups.items()},
            after=after,
        ),
        opts,
    )


def _pool(name: str, pool: Pool) -> PoolSpec:
    return PoolSpec(name=name, **pool.model_dump(exclude={"gpu"}), gpu=pool.gpu is not None)


def _role(
    settings: Settings, part: str, service: str, policies: Sequence[str], opts: pulumi.ResourceOptions
) -> RoleHandle:
    """A role with policies that AWS keeps."""
    region = narrowed(settings.platform, Eks).region
    return Role(
        f"{part}-role",
        RoleArgs(
            role=Names(settings.name).of(part),
            description=mark(settings),
            service=service,
            managed={name.rpartition("/")[2]: managed(region, name) for name in policies},
            tags=labels(settings),
        ),
        opts,
    ).handle


def deployer(provider: aws.Provider) -> str:
    """ARN of whoever runs this; of the role, where one was taken for the session."""
    opts = pulumi.InvokeOptions(provider=provider)
    caller = aws.get_caller_identity(opts=opts)
    return str(aws.iam.get_session_context(arn=caller.arn, opts=opts).issuer_arn)


def cluster_policy(region: str) -> str:
    """ARN of the right to administer a cluster."""
    return f"arn:{partition(region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
