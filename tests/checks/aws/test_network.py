"""The institution's VPC: what would keep nodes from joining, or people from reaching the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.model import Failed, Passed, Verdict

pytestmark = pytest.mark.system

Judge = Callable[..., Verdict]


def failed(verdict: Judge, change: dict[str, Any]) -> str:
    found = verdict("BD-ACC-011", **change)
    assert isinstance(found, Failed), found
    assert "aws ec2 describe-subnets" in found.remedy
    return found.message


@pytest.mark.shows("BD-ACC-011", "passed")
def test_a_vpc_with_all_that_it_takes_passes(vpc: Any, verdict: Judge) -> None:
    found = verdict("BD-ACC-011", **vpc())
    assert isinstance(found, Passed), found


@pytest.mark.shows("BD-ACC-011", "failed")
def test_subnets_that_there_are_not(vpc: Any, verdict: Judge) -> None:
    change = vpc()
    change["platform"]["network"]["public_subnets"] = ["subnet-0abc"]
    assert "platform.network.public_subnets: there is no subnet-0abc" in failed(verdict, change)


def test_a_vpc_that_there_is_not(vpc: Any, verdict: Judge) -> None:
    change = vpc()
    change["platform"]["network"]["vpc"] = "vpc-0abc"
    assert "platform.network.vpc: eu-central-1 has no vpc-0abc" in failed(verdict, change)


def test_a_vpc_without_names_for_the_cluster_s_endpoint(cloud: Any, vpc: Any, verdict: Judge) -> None:
    change = vpc()
    cloud.client("ec2").modify_vpc_attribute(
        VpcId=change["platform"]["network"]["vpc"], EnableDnsHostnames={"Value": False}
    )
    assert "has enableDnsHostnames switched off" in failed(verdict, change)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"zones": ("eu-central-1b", "eu-central-1c")}, "private_subnets: none lies in eu-central-1a"),
        ({"zones": ("eu-central-1a", "eu-central-1a")}, "EKS wants two zones"),
        ({"public_zone": "eu-central-1b"}, "public_subnets: none lies in eu-central-1a"),
        ({"outward": False}, "has no route to 0.0.0.0/0: its nodes would never join"),
        ({"gateway": False}, "has no route through an internet gateway"),
        ({"tags": {"kubernetes.io/cluster/demo": "owned"}}, "another cluster of this name claims it"),
        ({"size": 28}, "free addresses; EKS wants 16"),
        ({"size": 25}, "but the pools at their largest take 135"),
    ],
)
def test_what_the_subnets_lack_is_named(made: dict[str, Any], told: str, vpc: Any, verdict: Judge) -> None:
    message = failed(verdict, vpc(**made))
    assert told in message
    assert message.startswith("platform.network.")


def test_addresses_that_are_ours_already_are_not_missed(cloud: Any, vpc: Any, verdict: Judge) -> None:
    change = vpc(size=25)
    subnet = change["platform"]["network"]["private_subnets"][0]
    tag = [{"ResourceType": "network-interface", "Tags": [{"Key": "binder-deploy", "Value": "demo"}]}]
    cloud.client("ec2").create_network_interface(
        SubnetId=subnet, SecondaryPrivateIpAddressCount=60, TagSpecifications=tag
    )
    # 123 of 128 addresses are to be had at all, too few for 135; of what is left to others 62 are gone.
    assert "has 123 free addresses" in failed(verdict, change)
