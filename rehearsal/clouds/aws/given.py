"""What an account has before anything of ours: itself, perhaps a hosted zone and its own network.

Keys of `Cloud.session` that the plugin reads: `account` (its number), `caller` (ARN of whoever deploys).
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

from binder_deploy.rehearsal.clouds.aws import places
from binder_deploy.rehearsal.clouds.cloud_file import Cloud

DEPLOYER = "binder-deploy-rehearsal"
"""The role that whoever deploys has taken, as most people do: a session of it is no principal of its own."""


def account(cloud: Cloud, number: str) -> None:
    """An account, and somebody who has taken a role in it."""
    cloud.session["account"] = number
    cloud.session["caller"] = f"arn:aws:sts::{number}:assumed-role/{DEPLOYER}/session"


def zone(cloud: Cloud, id: str, domain: str) -> None:
    """A public hosted zone for a domain."""
    if cloud.get("route53/zone", id) is None:
        servers = [f"ns-{i}.awsdns-{i}.{top}" for i, top in enumerate(("com", "net", "org", "co.uk"), 1)]
        facts = {"name": domain.rstrip("."), "zoneId": id, "nameServers": servers, "privateZone": False}
        cloud.add("route53/zone", id, {}, facts, "given")


def network(cloud: Cloud, region: str, vpc: str, subnets: Mapping[str, str], cidr: str) -> None:
    """The institution's VPC with its gateway and these subnets (id → zone), the range shared out among them."""
    if cloud.get("ec2/vpc", vpc) is None:
        facts = {"cidrBlock": cidr, "region": region, "enableDnsSupport": True, "enableDnsHostnames": True, "tags": {}}
        cloud.add("ec2/vpc", vpc, {}, facts, "given")
        cloud.add("ec2/internetGateway", f"igw-{vpc.removeprefix('vpc-')}", {}, {"vpcId": vpc}, "given")
    ranges = IPv4Network(cidr).subnets(new_prefix=20)
    for (id, zone), block in zip(subnets.items(), ranges, strict=False):
        if cloud.get("ec2/subnet", id) is None:
            facts = {"vpcId": vpc, "cidrBlock": str(block), "availabilityZone": zone, "region": region, "tags": {},
                     "availabilityZoneId": places.zone_id(zone), "mapPublicIpOnLaunch": False}  # fmt: skip
            cloud.add("ec2/subnet", id, {}, facts, "given")
