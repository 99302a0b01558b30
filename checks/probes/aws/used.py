"""What of each quota others use. What carries our tag, or that of our cluster, is ours and not counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from binder_deploy.checks.probes.aws.access import Aws, asking, tags
from binder_deploy.checks.probes.aws.shapes import shapes
from binder_deploy.settings import eks_quotas as q
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import load_balancer
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL, Names

Count: TypeAlias = Callable[[Aws, Settings, Eks], float]
_RUNNING = ({"Name": "instance-state-name", "Values": ["pending", "running"]},)
_GIB_IN_TIB = 1024


def used_vcpus(aws: Aws, settings: Settings) -> Mapping[q.Code, float]:
    """vCPUs of others' machines, by what counts them. Raises `NotAllowed`."""
    used: Counter[q.Code] = Counter()
    with asking("the machines that run", "ec2:DescribeInstances"):
        found = list(aws.pages("ec2", "describe_instances", "Reservations", Filters=list(_RUNNING)))
    machines = [m for reservation in found for m in reservation["Instances"] if not _ours(settings, m.get("Tags"))]
    # What a type has, not what a machine was told to use of it, is what counts.
    known = shapes(aws, {machine["InstanceType"] for machine in machines}) if machines else {}
    for machine in machines:
        counted = q.vcpus(machine["InstanceType"], machine.get("InstanceLifecycle") == "spot")
        if counted:
            used[counted] += known[machine["InstanceType"]].vcpus
    return used


def _ours(settings: Settings, found: Any) -> bool:
    has, cluster = tags(found), Names(settings.name).cluster
    return (
        has.get(OWNER_LABEL) == settings.name
        or has.get(f"kubernetes.io/cluster/{cluster}") == "owned"
        or cluster in (has.get("elbv2.k8s.aws/cluster"), has.get("cluster.k8s.amazonaws.com/name"))
    )


def _others(operation: str, key: str, of: str = "Tags") -> Count:
    """Counts what EC2 lists and is not ours."""

    def count(aws: Aws, settings: Settings, platform: Eks) -> float:
        return sum(not _ours(settings, found.get(of)) for found in _listed(aws, operation, key))

    return count


def _listed(aws: Aws, operation: str, key: str, **asked: Any) -> Iterable[Any]:
    action = "".join(word.capitalize() for word in operation.split("_"))
    with asking("what the region has", f"ec2:{action}"):
        if not aws.client("ec2").can_paginate(operation):
            return list(getattr(aws.client("ec2"), operation)(**asked)[key])
        return list(aws.pages("ec2", operation, key, **asked))


def _nats(aws: Aws, settings: Settings, platform: Eks) -> float:
    inside = {
        subnet["SubnetId"]
        for subnet in _listed(
            aws,
            "describe_subnets",
            "Subnets",
            Filters=[{"Name": "availability-zone", "Values": [platform.zone]}],
        )
    }
    return sum(
        nat["SubnetId"] in inside and nat["State"] in ("pending", "available") and not _ours(settings, nat.get("Tags"))
        for nat in _listed(aws, "describe_nat_gateways", "NatGateways")
    )


def _disks(aws: Aws, settings: Settings, platform: Eks) -> float:
    disks = _listed(aws, "describe_volumes", "Volumes", Filters=[{"Name": "volume-type", "Values": ["gp3"]}])
    return float(sum(d["Size"] for d in disks if not _ours(settings, d.get("Tags")))) / _GIB_IN_TIB


def _clusters(aws: Aws, settings: Settings, platform: Eks) -> float:
    with asking("the clusters", "eks:ListClusters"):
        names = list(aws.pages("eks", "list_clusters", "clusters"))
    return float(sum(name != Names(settings.name).cluster for name in names))


def _balancers(aws: Aws, settings: Settings, platform: Eks) -> float:
    with asking("the load balancers", "elasticloadbalancing:DescribeLoadBalancers"):
        found = list(aws.pages("elbv2", "describe_load_balancers", "LoadBalancers"))
    return len([b for b in found if b["Type"] == "network" and b["LoadBalancerName"] != load_balancer(settings)])


USED: Mapping[q.Code, Count] = {
    q.ADDRESSES: _others("describe_addresses", "Addresses"),
    q.VPCS: _others("describe_vpcs", "Vpcs"),
    q.GATEWAYS: _others("describe_internet_gateways", "InternetGateways"),
    q.INTERFACES: _others("describe_network_interfaces", "NetworkInterfaces", of="TagSet"),
    q.SECURITY_GROUPS: _others("describe_security_groups", "SecurityGroups"),
    q.NATS: _nats,
    q.DISKS: _disks,
    q.CLUSTERS: _clusters,
    q.BALANCERS: _balancers,
}
"""What is counted → how. Raises `NotAllowed`."""
