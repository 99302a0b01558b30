"""What is there already and only used: the hosted zone, the institution's VPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from binder_deploy.checks.facts.account import Subnetwork, Zone
from binder_deploy.checks.probes.aws.access import Aws, asking, code, tags
from binder_deploy.checks.probes.aws.shapes import shapes
from binder_deploy.settings.address import Route53
from binder_deploy.settings.eks import Eks, ExistingVpc
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL, Names

CONTROL_PLANE_ADDRESSES = 16
"""What EKS wants free in each subnet that it is given (EKS user guide, "VPC and subnet requirements")."""
MOST_TAGS = 50
_ANYWHERE = "0.0.0.0/0"


def zone(aws: Aws, settings: Settings) -> Zone | None:
    """The hosted zone, or `None` where the records are not ours. Raises `NotAllowed`."""
    dns = settings.address.dns
    if not isinstance(dns, Route53):
        return None
    setting, look = "address.dns.zone_id", "aws route53 list-hosted-zones"
    try:
        with asking("the hosted zone", "route53:GetHostedZone"):
            found = aws.client("route53").get_hosted_zone(Id=dns.zone_id)["HostedZone"]
    except ClientError as error:
        if code(error) != "NoSuchHostedZone":
            raise
        return Zone(setting, dns.zone_id, found=False, look=look)
    public = not found.get("Config", {}).get("PrivateZone", False)
    return Zone(setting, dns.zone_id, True, str(found["Name"]).rstrip("."), public, look)


def vpc(aws: Aws, settings: Settings, platform: Eks) -> Subnetwork | None:
    """The institution's VPC with its subnets, or `None` where the network is our own. Raises `NotAllowed`."""
    network = platform.network
    if not isinstance(network, ExistingVpc):
        return None
    look = f"aws ec2 describe-subnets --filters Name=vpc-id,Values={network.vpc} --region {aws.region}"
    wanted = (*network.private_subnets, *network.public_subnets)
    with asking("the VPC", "ec2:DescribeVpcAttribute and ec2:DescribeSubnets"):
        try:
            answers = _answers(aws, network.vpc)
        except ClientError as error:
            if code(error) != "InvalidVpcID.NotFound":
                raise
            return Subnetwork(network.vpc, (f"platform.network.vpc: {aws.region} has no {network.vpc}",), look)
        # All of it, and not by id: one that there is not would be an error instead of an answer.
        subnets = {
            found["SubnetId"]: found
            for found in aws.pages(
                "ec2", "describe_subnets", "Subnets", Filters=[{"Name": "subnet-id", "Values": list(wanted)}]
            )
        }
    problems = [*answers, *_missing(network, subnets), *_zones(network, platform, subnets)]
    problems += _tagged(settings, network, subnets)
    problems += _outward(aws, network, subnets)
    problems += _room(aws, settings, platform, network, subnets)
    return Subnetwork(network.vpc, tuple(problems), look)


def _answers(aws: Aws, name: str) -> list[str]:
    """Nodes find the control plane's private endpoint by a name that only such a VPC resolves."""
    found = []
    for attribute, key in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        answer = aws.client("ec2").describe_vpc_attribute(VpcId=name, Attribute=attribute)
        if not answer[key]["Value"]:
            found.append(f"platform.network.vpc: {name} has {attribute} switched off: nodes would not find the cluster")
    return found


def _named(network: ExistingVpc) -> Iterator[tuple[str, str]]:
    """Setting and subnet."""
    for setting, subnets in (("private_subnets", network.private_subnets), ("public_subnets", network.public_subnets)):
        for subnet in subnets:
            yield f"platform.network.{setting}", subnet


def _missing(network: ExistingVpc, subnets: Mapping[str, Any]) -> Iterator[str]:
    for setting, subnet in _named(network):
        if subnet not in subnets:
            yield f"{setting}: there is no {subnet}"
        elif subnets[subnet]["VpcId"] != network.vpc:
            yield f"{setting}: {subnet} lies in {subnets[subnet]['VpcId']}"


def _zones(network: ExistingVpc, platform: Eks, subnets: Mapping[str, Any]) -> Iterator[str]:
    for setting, named in (("private_subnets", network.private_subnets), ("public_subnets", network.public_subnets)):
        zones = {subnets[s]["AvailabilityZone"] for s in named if s in subnets}
        if zones and platform.zone not in zones:
            yield f"platform.network.{setting}: none lies in {platform.zone}, but in {', '.join(sorted(zones))}"
        if setting == "private_subnets" and len(zones) == 1:
            yield f"platform.network.{setting}: all lie in {', '.join(zones)}; EKS wants two zones"


def _tagged(settings: Settings, network: ExistingVpc, subnets: Mapping[str, Any]) -> Iterator[str]:
    key = f"kubernetes.io/cluster/{Names(settings.name).cluster}"
    for setting, subnet in _named(network):
        has = tags(subnets.get(subnet, {}).get("Tags"))
        if has.get(key, "shared") != "shared":
            yield f"{setting}: {subnet} is tagged {key}={has[key]}: another cluster of this name claims it"
        elif key not in has and len(has) >= MOST_TAGS:
            yield f"{setting}: {subnet} has {len(has)} tags, and a cluster must add one"


def _outward(aws: Aws, network: ExistingVpc, subnets: Mapping[str, Any]) -> Iterator[str]:
    """A node that cannot reach the internet never joins; a load balancer behind a NAT is reached by nobody."""
    with asking("the routes", "ec2:DescribeRouteTables"):
        tables = list(
            aws.pages(
                "ec2", "describe_route_tables", "RouteTables", Filters=[{"Name": "vpc-id", "Values": [network.vpc]}]
            )
        )
    ties = {tie["SubnetId"]: table for table in tables for tie in table["Associations"] if tie.get("SubnetId")}
    main: Mapping[str, Any] = next(
        (table for table in tables for tie in table["Associations"] if tie.get("Main")), {"Routes": []}
    )
    for setting, subnet in _named(network):
        if subnet not in subnets:
            continue
        out = [
            route
            for route in ties.get(subnet, main)["Routes"]
            if route.get("DestinationCidrBlock") == _ANYWHERE and route.get("State", "active") == "active"
        ]
        direct = any(str(route.get("GatewayId", "")).startswith("igw-") for route in out)
        if setting.endswith("public_subnets") and not direct:
            yield f"{setting}: {subnet} has no route through an internet gateway: nobody would reach the service"
        elif setting.endswith("private_subnets") and not out:
            yield f"{setting}: {subnet} has no route to {_ANYWHERE}: its nodes would never join"
        elif setting.endswith("private_subnets") and direct and not subnets[subnet].get("MapPublicIpOnLaunch"):
            yield f"{setting}: {subnet} is public, and its nodes get no public address: they would never join"


def _room(
    aws: Aws, settings: Settings, platform: Eks, network: ExistingVpc, subnets: Mapping[str, Any]
) -> Iterator[str]:
    """Every pod takes an address of the subnet; a node takes them a whole network interface at a time."""
    pools = [getattr(platform.pools, role) for role in ("core", "user", "build")]
    known = shapes(aws, {pool.machine for pool in pools})
    nodes = sum(pool.max * known[pool.machine].addresses for pool in pools if pool.machine in known)
    inside = [s for s in network.private_subnets if s in subnets]
    free = {s: subnets[s]["AvailableIpAddressCount"] + _ours(aws, settings, s) for s in inside}
    setting = "platform.network.private_subnets"
    for subnet in inside:
        if free[subnet] < CONTROL_PLANE_ADDRESSES:
            yield f"{setting}: {subnet} has {free[subnet]} free addresses; EKS wants {CONTROL_PLANE_ADDRESSES}"
    for subnet in [s for s in inside if subnets[s]["AvailabilityZone"] == platform.zone][:1]:
        if CONTROL_PLANE_ADDRESSES <= free[subnet] < nodes + CONTROL_PLANE_ADDRESSES:
            yield (
                f"{setting}: {subnet} has {free[subnet]} free addresses, but the pools at their largest take "
                f"{nodes} for their pods: lower platform.pools.user.max, or name a larger subnet"
            )


def _ours(aws: Aws, settings: Settings, subnet: str) -> int:
    """Addresses of the subnet that the deployment has already."""
    found = aws.pages(
        "ec2",
        "describe_network_interfaces",
        "NetworkInterfaces",
        Filters=[{"Name": "subnet-id", "Values": [subnet]}],
    )
    ours = {OWNER_LABEL: settings.name, "cluster.k8s.amazonaws.com/name": Names(settings.name).cluster}
    return sum(
        len(interface.get("PrivateIpAddresses", ()))
        for interface in found
        if any(tags(interface.get("TagSet")).get(key) == value for key, value in ours.items())
    )
