"""What the zone and the region offer: instance types, control planes, Kubernetes versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from binder_deploy.checks.facts.account import Offer, Versions
from binder_deploy.checks.probes.aws.access import Aws, asking, code
from binder_deploy.checks.probes.aws.shapes import shapes
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import WITHOUT_EKS


def offers(aws: Aws, platform: Eks) -> tuple[Offer, ...]:
    """The pools' instance types in the zone, and the zone itself if EKS cannot use it. Raises `NotAllowed`."""
    pools = {role: getattr(platform.pools, role) for role in ("core", "user", "build")}
    names = {pool.machine for pool in pools.values()}
    zones: defaultdict[str, set[str]] = defaultdict(set)
    with asking("what the zone offers", "ec2:DescribeInstanceTypeOfferings"):
        for found in aws.pages(
            "ec2",
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": sorted(names)}],
        ):
            zones[found["InstanceType"]].add(found["Location"])
    known = shapes(aws, names)
    return (
        *_zone(aws, platform),
        *(
            Offer(
                f"platform.pools.{role}.machine",
                role,
                pool.machine,
                platform.zone,
                offered=platform.zone in zones[pool.machine],
                architecture=known[pool.machine].architecture if pool.machine in known else "",
                elsewhere=tuple(sorted(zones[pool.machine] - {platform.zone})),
            )
            for role, pool in pools.items()
        ),
    )


def versions(aws: Aws, platform: Eks) -> Versions:
    """Versions in standard support, the only ones that a new cluster of ours gets. Raises `NotAllowed`."""
    with asking("the versions of EKS", "eks:DescribeClusterVersions"):
        found = list(aws.pages("eks", "describe_cluster_versions", "clusterVersions"))
    supported = [v for v in found if v.get("versionStatus") == "STANDARD_SUPPORT"]
    return Versions(
        "platform.kubernetes",
        platform.kubernetes,
        {v["clusterVersion"]: v.get("kubernetesPatchVersion") or v["clusterVersion"] for v in supported},
        ends={
            v["clusterVersion"]: v["endOfStandardSupportDate"].date()
            for v in supported
            if v.get("endOfStandardSupportDate")
        },
        asked=datetime.now(UTC).date(),
    )


def _zone(aws: Aws, platform: Eks) -> Iterator[Offer]:
    try:
        with asking("the zones", "ec2:DescribeAvailabilityZones"):
            (zone,) = aws.client("ec2").describe_availability_zones(ZoneNames=[platform.zone])["AvailabilityZones"]
    except ClientError as error:
        if code(error) != "InvalidParameterValue":  # no such zone: then it has none of the machines, either
            raise
        return
    if zone["ZoneId"] in WITHOUT_EKS:
        yield Offer("platform.zone", "", "control planes of EKS", platform.zone, offered=False)
