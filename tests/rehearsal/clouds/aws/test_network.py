"""A network is what Amazon would let one build, and goes only when nothing is in it any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile

REGION = "eu-central-1"
CORE = {"clusterName": "demo", "nodeGroupName": "core"}


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "reason"),
    [
        ("vpc", {"cidrBlock": "10.0.0.1/16"}, "cidrBlock", "host bits"),
        ("vpc", {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "between /16 and /28"),
        ("vpc", {"cidrBlock": "10.0.0.0/16", "tags": {"aws:x": "y"}}, "tags['aws:x']", "reserved"),
        ("vpc", {"cidrBlock": "10.0.0.0/16", "tags": {"a": "x;y"}}, "tags['a']", "tag value"),
        ("vpc", {"cidr": "10.0.0.0/16"}, "cidr", "did you mean 'cidrBlock'"),
        ("subnet", {"vpcId": "v", "cidrBlock": "10.0.0.0/20", "availabilityZone": "eu-west-1a"}, "availabilityZone",
         "Subnets can currently only be created in"),
        ("vpc", {"cidrBlock": "10.0.0.0/16", "region": "eu-central-9"}, "region", "unknown region"),
        ("eip", {"domain": "standard"}, "domain", "expected one of"),
    ],
)  # fmt: skip
def test_values_that_amazon_refuses_are_refused(
    amazon: Any, kind: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    assert reason in amazon.do.problems(kind, **inputs)[path]


def test_subnets_lie_in_their_vpc_and_apart(amazon: Any) -> None:
    vpc = amazon.make("vpc", cidrBlock="10.40.0.0/16")
    zone = f"{REGION}a"
    amazon.make("subnet", vpcId=vpc["id"], cidrBlock="10.40.0.0/20", availabilityZone=zone)
    inputs = {"vpcId": vpc["id"], "availabilityZone": zone}
    assert "InvalidSubnet.Conflict" in amazon.do.refused("subnet", cidrBlock="10.40.8.0/21", **inputs)
    assert "InvalidSubnet.Range" in amazon.do.refused("subnet", cidrBlock="10.41.0.0/20", **inputs)
    missing = amazon.do.refused("subnet", vpcId="vpc-00", cidrBlock="10.40.16.0/20", availabilityZone=zone)
    assert "The vpc ID 'vpc-00' does not exist" in missing


def test_routes_stay_within_their_network(amazon: Any) -> None:
    first, other = amazon.network(), amazon.make("vpc", cidrBlock="10.50.0.0/16")
    table = amazon.make("table", vpcId=other["id"])
    to = {"routeTableId": table["id"], "destinationCidrBlock": "0.0.0.0/0"}
    assert "belong to different networks" in amazon.do.refused("route", gatewayId=first["gateway"]["id"], **to)
    assert "belong to different networks" in amazon.do.refused("route", natGatewayId=first["nat"]["id"], **to)
    assert "needs one target" in amazon.do.refused("route", **to)
    subnet = first["public"]["id"]
    assert "different networks" in amazon.do.refused("tie", routeTableId=table["id"], subnetId=subnet)
    again = amazon.do.refused("tie", routeTableId=first["inward"]["id"], subnetId=subnet)
    assert "Resource.AlreadyAssociated" in again
    assert "already attached" in amazon.do.refused("gateway", vpcId=first["vpc"]["id"])


def test_a_nat_needs_a_free_address_and_a_public_subnet(amazon: Any) -> None:
    network = amazon.network()
    taken = amazon.do.refused("nat", allocationId=network["eip"]["allocationId"], subnetId=network["public"]["id"])
    assert "is already associated with nat-" in taken
    free = amazon.make("eip", domain="vpc")["allocationId"]
    assert "no route to an internet gateway" in amazon.do.refused(
        "nat", allocationId=free, subnetId=network["private"]["id"]
    )


def test_an_account_has_five_addresses(amazon: Any) -> None:
    for _ in range(5):
        amazon.make("eip", domain="vpc")
    assert "AddressLimitExceeded" in amazon.do.refused("eip", domain="vpc")


def test_everything_goes_in_order_and_only_so(amazon: Any) -> None:
    made = amazon.network()

    def refused(kind: str, name: str) -> str:
        return str(amazon.do.delete_refused(kind, made[name]["id"]))

    assert "DependencyViolation" in refused("vpc", "vpc")
    assert "DependencyViolation" in refused("subnet", "public")  # the NAT gateway is in it
    assert "mapped public address" in refused("gateway", "gateway")
    assert "InvalidIPAddress.InUse" in refused("eip", "eip")
    assert "DependencyViolation" in refused("table", "inward")
    order = ("through", "inner", "inward", "nat", "eip", "route", "tie", "outward", "gateway", "public", "private",
             "other", "vpc")  # fmt: skip
    kinds = {"through": "route", "inner": "tie", "inward": "table", "outward": "table", "public": "subnet",
             "private": "subnet", "other": "subnet"}  # fmt: skip
    for name in order:
        amazon.do.delete(kinds.get(name, name), made[name]["id"])
    assert {r.owner for r in amazon.cloud.records.values()} == {"given"}


@pytest.mark.parametrize("kind", ["ec2/networkInterface", "lb/loadBalancer"])
def test_what_controllers_left_holds_the_network(amazon: Any, cloud_file: CloudFile, kind: str) -> None:
    made = amazon.network()
    with cloud_file.transaction() as cloud:
        cloud.add(kind, "left", {}, {"vpcId": made["vpc"]["id"], "subnetId": made["other"]["id"]}, "controller")
    for record in reversed(amazon.cloud.of_type("ec2/subnet")[:2]):
        with cloud_file.transaction() as cloud:
            cloud.remove(record.type, record.id)
    if kind == "ec2/networkInterface":
        assert f"({kind} left)" in amazon.do.delete_refused("subnet", made["other"]["id"])
    assert "DependencyViolation" in amazon.do.delete_refused("vpc", made["vpc"]["id"])


def test_an_address_of_a_load_balancer_is_not_ours_to_release(amazon: Any, cloud_file: CloudFile) -> None:
    address = amazon.make("eip", domain="vpc")
    with cloud_file.transaction() as cloud:
        record = cloud.get("ec2/eip", address["id"])
        assert record is not None
        cloud.put(replace(record, outputs={**record.outputs, "__by": "arn:aws:elasticloadbalancing:x"}))
    assert "AuthFailure" in amazon.do.delete_refused("eip", address["id"])
    # What the simulation keeps for itself never reaches a program.
    shown = amazon.do.read("eip", address["id"])
    assert "__by" not in shown.properties.fields


def test_an_update_keeps_the_address_and_who_has_it(amazon: Any) -> None:
    made = amazon.network()
    changed = amazon.do.update("eip", made["eip"]["id"], domain="vpc", tags={"owner": "me"})
    assert changed["publicIp"] == made["eip"]["publicIp"] and changed["tagsAll"] == {"owner": "me"}
    assert "InUse" in amazon.do.delete_refused("eip", made["eip"]["id"])


@pytest.mark.parametrize(
    ("kind", "old", "new", "replaces"),
    [
        ("vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, ["cidrBlock"]),
        ("vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}}, []),
        ("subnet", {"availabilityZone": "eu-central-1a"}, {"availabilityZone": "eu-central-1b"}, ["availabilityZone"]),
        ("nat", {"subnetId": "a"}, {"subnetId": "b"}, ["subnetId"]),
        ("group", {"scalingConfig": {"maxSize": 1}}, {"scalingConfig": {"maxSize": 2}}, []),
        ("group", {**CORE, "instanceTypes": ["m6i.large"]}, {**CORE, "instanceTypes": ["m6i.xlarge"]},
         ["instanceTypes"]),
        ("group", {"launchTemplate": {"id": "a", "version": "1"}}, {"launchTemplate": {"id": "a", "version": "2"}}, []),
        ("cluster", {"version": "1.35"}, {"version": "1.36"}, []),
        ("cluster", {"name": "a"}, {"name": "b"}, ["name"]),
        ("creation", {"prefix": "a"}, {"prefix": "b"}, ["prefix"]),
    ],
)  # fmt: skip
def test_only_what_amazon_cannot_change_is_replaced(
    amazon: Any, kind: str, old: dict[str, Any], new: dict[str, Any], replaces: list[str]
) -> None:
    assert list(amazon.do.diff(kind, old, new).replaces) == replaces
