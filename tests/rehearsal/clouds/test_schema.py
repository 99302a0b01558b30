from __future__ import annotations

from typing import Any

import grpc
import pytest


def test_an_unknown_type_is_refused_and_a_near_one_named(google: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        google.problems("gcp:compute/network:Netwerk")
    assert "did you mean gcp:compute/network:Network?" in caught.value.details()


def test_a_type_that_is_real_but_not_played_says_so(google: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        google.problems("gcp:compute/instance:Instance")
    assert "does not play it yet" in caught.value.details()


def test_a_misspelt_property_is_named_with_the_right_one(google: Any) -> None:
    assert "did you mean 'routingMode'?" in google.problems("network", name="net", routngMode="GLOBAL")["routngMode"]


def test_nested_misspellings_are_found_too(google: Any) -> None:
    problems = google.problems("pool", cluster="demo", location="europe-west1", nodeConfig={"machinetype": "e2-medium"})
    assert "did you mean 'machineType'?" in problems["nodeConfig.machinetype"]


def test_missing_properties_are_named_at_every_depth(google: Any) -> None:
    problems = google.problems("subnetwork", secondaryIpRanges=[{"ipCidrRange": "10.0.0.0/20"}])
    assert problems["network"] == "missing required property"
    assert problems["secondaryIpRanges[0].rangeName"] == "missing required property"


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"labels": "a=b"}, "labels"),
        ({"prefixLength": "many"}, "prefixLength"),
        ({"description": ["a"]}, "description"),
    ],
)
def test_misshapen_values_are_found(google: Any, inputs: dict[str, Any], path: str) -> None:
    assert path in google.problems("address", **inputs)


def test_what_text_can_say_the_provider_converts(google: Any) -> None:
    assert google.problems("network", autoCreateSubnetworks="false", mtu="1460") == {}
