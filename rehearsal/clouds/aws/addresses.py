"""Elastic IP addresses, and the NAT gateway, which uses one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from binder_deploy.rehearsal.clouds.aws import network, routes, rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.numbers import free_address, number
from binder_deploy.rehearsal.clouds.wire import Props

PER_REGION = 5
"""Addresses that a new account may have (quota L-0263D0A3)."""


def _address_id(props: Props) -> str:
    return network.unique("eipalloc", props)


def _check_address(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.choice(props, "domain", "vpc")


def _require_address(cloud: Cloud, props: Props) -> None:
    there = [r for r in cloud.of_type("ec2/eip") if r.outputs["region"] == props["region"]]
    if "__unique" in props and len(there) >= PER_REGION:
        raise words.refused(
            "EC2 AllocateAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached."
        )


def _address_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _address_id(props)
    ip = old.outputs["publicIp"] if old else free_address({r.outputs["publicIp"] for r in cloud.of_type("ec2/eip")})
    used: dict[str, Any] = {k: v for k, v in old.outputs.items() if k in _USE} if old else {}
    name = str(ip).replace(".", "-")
    return {
        "allocationId": id,
        "arn": rules.arn("ec2", props, f"elastic-ip/{id}"),
        "publicIp": ip,
        "publicDns": f"ec2-{name}.{props['region']}.compute.amazonaws.com",
        "publicIpv4Pool": "amazon",
        "domain": "vpc",
        "networkBorderGroup": props["region"],
        "associationId": "",
        **used,
        **rules.tagged(props),
    }


_USE = ("associationId", "networkInterface", "privateIp", "__vpc", "__by")


def occupy(cloud: Cloud, allocation: str, vpc: str, by: str) -> Record:
    """Associate an address with something in a VPC."""
    record = cloud.get("ec2/eip", allocation)
    assert record is not None  # noqa: S101 - looked up by whoever calls
    return rules.mark(cloud, record, associationId=f"eipassoc-0{number(by, 16)}", __vpc=vpc, __by=by)


def release(cloud: Cloud, by: str) -> None:
    """Free every address that something had."""
    for record in cloud.of_type("ec2/eip"):
        if record.outputs.get("__by") == by:
            rules.mark(cloud, record, associationId="", __vpc="", __by="")


def _delete_address(cloud: Cloud, record: Record) -> None:
    by = str(record.outputs.get("__by") or "")
    if by:
        # Of what another service holds EC2 says only that it is not ours to touch.
        code, why = (
            ("InvalidIPAddress.InUse", f"Address {record.outputs['publicIp']} is in use by {by}.")
            if by.startswith("nat-")
            else ("AuthFailure", f"You do not have permission to access the specified resource ({by} holds it).")
        )
        raise words.refused("EC2 ReleaseAddress", code, why)
    cloud.remove(record.type, record.id)


EIP = Kind(
    pulumi_type="aws:ec2/eip:Eip",
    label="EC2 EIP",
    id=_address_id,
    outputs=_address_outputs,
    computed=("allocationId", "arn", "publicIp", "publicDns", "associationId", "networkBorderGroup"),
    located=rules.LOCATED,
    immutable=frozenset({"domain", "publicIpv4Pool", "networkBorderGroup", "region", "address"}),
    check=_check_address,
    require=_require_address,
    delete=_delete_address,
    unique=True,
)


def get_free(cloud: Cloud, allocation: str, operation: str, by: str = "") -> Record:
    """An address that nothing (else) uses; raises `ApiError`."""
    record = rules.get(
        cloud, "ec2/eip", allocation, operation, "InvalidAllocationID.NotFound",
        f"The allocation ID '{allocation}' does not exist",
    )  # fmt: skip
    held = record.outputs.get("__by")
    if held and held != by:
        why = f"Elastic IP address [{allocation}] is already associated with {held}"
        raise words.refused(operation, "Resource.AlreadyAssociated", why)
    return record


def _nat_id(props: Props) -> str:
    return network.unique("nat", props)


def _check_nat(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.choice(props, "connectivityType", "public", "private")


def _require_nat(cloud: Cloud, props: Props) -> None:
    if "__unique" not in props:
        return
    subnet = network.get_subnet(cloud, str(props.get("subnetId")), "EC2 CreateNatGateway")
    get_free(cloud, str(props.get("allocationId")), "EC2 CreateNatGateway")
    vpc = str(subnet.outputs["vpcId"])
    if network.gateway_of(cloud, vpc) is None:
        why = f"Network {vpc} has no Internet gateway attached"
        raise words.refused("EC2 CreateNatGateway", "Gateway.NotAttached", why)
    if routes.way_out(cloud, subnet) != "ec2/internetGateway":
        why = f"nodes behind it would reach nothing: {subnet.id} has no route to an internet gateway"
        raise words.refused("EC2 CreateNatGateway", "InvalidSubnet", why)


def _nat_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    address = cloud.get("ec2/eip", str(props["allocationId"]))
    return {
        "connectivityType": props.get("connectivityType", "public"),
        "publicIp": address.outputs["publicIp"] if address else "",
        "privateIp": props.get("privateIp", ""),
        "associationId": f"eipassoc-0{number(str(props['allocationId']), 16)}",
        "networkInterfaceId": f"eni-0{number(str(props['subnetId']), 16)}",
        **rules.tagged(props),
    }


def _made_nat(cloud: Cloud, record: Record) -> None:
    subnet = network.get_subnet(cloud, str(record.outputs["subnetId"]), "EC2 CreateNatGateway")
    occupy(cloud, str(record.outputs["allocationId"]), str(subnet.outputs["vpcId"]), record.id)


def _delete_nat(cloud: Cloud, record: Record) -> None:
    release(cloud, record.id)
    cloud.remove(record.type, record.id)


NAT = Kind(
    pulumi_type="aws:ec2/natGateway:NatGateway",
    label="EC2 NAT Gateway",
    id=_nat_id,
    outputs=_nat_outputs,
    computed=("publicIp", "privateIp", "associationId", "networkInterfaceId"),
    located=rules.LOCATED,
    immutable=frozenset({"allocationId", "subnetId", "connectivityType", "privateIp", "region"}),
    check=_check_nat,
    require=_require_nat,
    made=_made_nat,
    delete=_delete_nat,
    unique=True,
)

KINDS = (EIP, NAT)
