"""A VPC, its subnets and its internet gateway; single tags on any of them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from binder_deploy.rehearsal.clouds.aws import places, rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Problem
from binder_deploy.rehearsal.clouds.numbers import number
from binder_deploy.rehearsal.clouds.wire import Props


def unique(prefix: str, props: Props) -> str:
    """`vpc-0123456789abcdef0`."""
    return f"{prefix}-0{props['__unique'][:16]}"


def get_vpc(cloud: Cloud, id: str, operation: str) -> Record:
    return rules.get(cloud, "ec2/vpc", id, operation, "InvalidVpcID.NotFound", f"The vpc ID '{id}' does not exist")


def get_subnet(cloud: Cloud, id: str, operation: str) -> Record:
    words_for_it = f"The subnet ID '{id}' does not exist"
    return rules.get(cloud, "ec2/subnet", id, operation, "InvalidSubnetID.NotFound", words_for_it)


def dependency(operation: str, what: str, by: Record) -> ApiError:
    return words.refused(
        operation, "DependencyViolation", f"{what} has dependencies and cannot be deleted ({by.type} {by.id})."
    )


def _sized(props: Props) -> Iterator[Problem]:
    found = list(rules.cidr(props.get("cidrBlock"), "cidrBlock"))
    yield from found
    if not found and props.get("cidrBlock") and not 16 <= IPv4Network(props["cidrBlock"]).prefixlen <= 28:
        yield Problem("cidrBlock", f"{props['cidrBlock']} must have a prefix between /16 and /28")


# VPCs


def _check_vpc(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from _sized(props)
    yield from rules.choice(props, "instanceTenancy", "default", "dedicated")
    if props.get("enableDnsHostnames") and props.get("enableDnsSupport") is False:
        yield Problem("enableDnsHostnames", "needs enableDnsSupport")


def _vpc_id(props: Props) -> str:
    return unique("vpc", props)


def _vpc_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _vpc_id(props)
    return {
        "arn": rules.arn("ec2", props, f"vpc/{id}"),
        "ownerId": props[rules.ACCOUNT],
        "enableDnsSupport": props.get("enableDnsSupport", True),
        "enableDnsHostnames": props.get("enableDnsHostnames", False),
        "instanceTenancy": props.get("instanceTenancy", "default"),
        **{f"{name}Id": f"{prefix}-0{number(id + name, 16)}" for name, prefix in (
            ("mainRouteTable", "rtb"), ("defaultRouteTable", "rtb"), ("defaultSecurityGroup", "sg"),
            ("defaultNetworkAcl", "acl"), ("dhcpOptions", "dopt"),
        )},
        **rules.tagged(props),
    }  # fmt: skip


def _delete_vpc(cloud: Cloud, record: Record) -> None:
    kinds = ("ec2/subnet", "ec2/internetGateway", "ec2/routeTable", "ec2/securityGroup", "ec2/networkInterface",
             "lb/loadBalancer", "lb/targetGroup")  # fmt: skip
    for other in cloud.of_type(*kinds):
        # A target group names its VPC and still does not hold it.
        if other.outputs.get("vpcId") == record.id and other.type != "lb/targetGroup":
            raise dependency("EC2 DeleteVpc", f"The vpc '{record.id}'", other)
    cloud.remove(record.type, record.id)


VPC = Kind(
    pulumi_type="aws:ec2/vpc:Vpc",
    label="EC2 VPC",
    id=_vpc_id,
    outputs=_vpc_outputs,
    computed=("arn", "ownerId", "mainRouteTableId", "defaultRouteTableId", "defaultSecurityGroupId",
              "defaultNetworkAclId", "dhcpOptionsId"),
    located=rules.LOCATED,
    immutable=frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "region"}),
    check=_check_vpc,
    delete=_delete_vpc,
    unique=True,
)  # fmt: skip


# Subnets


def _check_subnet(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from _sized(props)
    zone = props.get("availabilityZone")
    if zone is not None and props.get("region") and zone not in places.ZONES.get(props["region"], ()):
        there = ", ".join(places.ZONES.get(props["region"], ()))
        yield Problem(
            "availabilityZone",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {there}.",
        )


def _subnet_id(props: Props) -> str:
    return unique("subnet", props)


def _require_subnet(cloud: Cloud, props: Props) -> None:
    vpc = get_vpc(cloud, str(props["vpcId"]), "EC2 CreateSubnet")
    wanted = IPv4Network(props["cidrBlock"])
    if not wanted.subnet_of(IPv4Network(vpc.outputs["cidrBlock"])):
        raise words.refused("EC2 CreateSubnet", "InvalidSubnet.Range", f"The CIDR '{wanted}' is invalid.")
    for other in cloud.of_type("ec2/subnet"):
        same = "__unique" not in props and other.outputs["cidrBlock"] == props["cidrBlock"]  # an update of itself
        if other.outputs["vpcId"] == vpc.id and not same and wanted.overlaps(IPv4Network(other.outputs["cidrBlock"])):
            raise words.refused(
                "EC2 CreateSubnet", "InvalidSubnet.Conflict", f"The CIDR '{wanted}' conflicts with another subnet"
            )


def _subnet_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _subnet_id(props)
    given = old.outputs.get("availabilityZone") if old else None
    zone = props.get("availabilityZone") or given or places.ZONES[props["region"]][0]
    return {
        "arn": rules.arn("ec2", props, f"subnet/{id}"),
        "ownerId": props[rules.ACCOUNT],
        "availabilityZone": zone,
        "availabilityZoneId": places.zone_id(zone),
        "mapPublicIpOnLaunch": props.get("mapPublicIpOnLaunch", False),
        **rules.tagged(props),
    }


def _delete_subnet(cloud: Cloud, record: Record) -> None:
    users = {"ec2/networkInterface": "subnetId", "ec2/natGateway": "subnetId"}
    for other in cloud.of_type(*users, "eks/nodeGroup"):
        lists = other.outputs.get("subnetIds") or ()
        if other.outputs.get(users.get(other.type, "")) == record.id or record.id in lists:
            raise dependency("EC2 DeleteSubnet", f"The subnet '{record.id}'", other)
    cloud.remove(record.type, record.id)


SUBNET = Kind(
    pulumi_type="aws:ec2/subnet:Subnet",
    label="EC2 Subnet",
    id=_subnet_id,
    outputs=_subnet_outputs,
    computed=("arn", "ownerId", "availabilityZoneId"),
    located=rules.LOCATED,
    immutable=frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "region", "outpostArn"}),
    check=_check_subnet,
    require=_require_subnet,
    delete=_delete_subnet,
    unique=True,
)


# Internet gateways


def _gateway_id(props: Props) -> str:
    return unique("igw", props)


def check_tagged(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)


def _require_gateway(cloud: Cloud, props: Props) -> None:
    if "vpcId" not in props:
        return
    vpc = get_vpc(cloud, str(props["vpcId"]), "EC2 AttachInternetGateway")
    there = gateway_of(cloud, vpc.id)
    if there is not None and "__unique" in props:
        why = f"resource {vpc.id} is already attached to network {there.id}"
        raise words.refused("EC2 AttachInternetGateway", "Resource.AlreadyAssociated", why)


def gateway_of(cloud: Cloud, vpc: str) -> Record | None:
    """A VPC's internet gateway."""
    return next((r for r in cloud.of_type("ec2/internetGateway") if r.outputs.get("vpcId") == vpc), None)


def _gateway_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _gateway_id(props)
    arn = rules.arn("ec2", props, f"internet-gateway/{id}")
    return {"arn": arn, "ownerId": props[rules.ACCOUNT], **rules.tagged(props)}


def _delete_gateway(cloud: Cloud, record: Record) -> None:
    vpc = record.outputs.get("vpcId")
    for address in cloud.of_type("ec2/eip"):
        if vpc and address.outputs.get("associationId") and address.outputs.get("__vpc") == vpc:
            raise words.refused(
                "EC2 DetachInternetGateway", "DependencyViolation",
                f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
                f"detaching the gateway ({address.outputs['publicIp']}).",
            )  # fmt: skip
    cloud.remove(record.type, record.id)


INTERNET_GATEWAY = Kind(
    pulumi_type="aws:ec2/internetGateway:InternetGateway",
    label="EC2 Internet Gateway",
    id=_gateway_id,
    outputs=_gateway_outputs,
    computed=("arn", "ownerId"),
    located=rules.LOCATED,
    immutable=frozenset({"region"}),
    check=check_tagged,
    require=_require_gateway,
    delete=_delete_gateway,
    unique=True,
)


# Single tags, on things that are not ours


_TAGGABLE = {"subnet": "ec2/subnet", "vpc": "ec2/vpc", "sg": "ec2/securityGroup"}


def _check_tag(props: Props) -> Iterator[Problem]:
    if "key" in props:
        for problem in rules.tags({"tags": {props["key"]: props.get("value", "")}}):
            yield Problem("key", problem.reason)


def _require_tag(cloud: Cloud, props: Props) -> None:
    id = str(props["resourceId"])
    type = _TAGGABLE.get(id.partition("-")[0], "")
    rules.get(cloud, type, id, "EC2 CreateTags", "InvalidID", f"The ID '{id}' is not valid")


TAG = Kind(
    pulumi_type="aws:ec2/tag:Tag",
    label="EC2 Tag",
    id=lambda props: f"{props['resourceId']},{props['key']}",
    outputs=lambda cloud, props, old: {},
    computed=(),
    located=rules.LOCATED,
    immutable=frozenset({"resourceId", "key", "region"}),
    check=_check_tag,
    require=_require_tag,
    upsert=True,
)

KINDS = (VPC, SUBNET, INTERNET_GATEWAY, TAG)
