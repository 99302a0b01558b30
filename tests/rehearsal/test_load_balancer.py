"""A Service gets the address that it names or none, and all that is made for it says so and goes with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.controllers.gke.load_balancer import (
    ADDRESSES,
    LoadBalancerError,
    address,
    parts,
    remove,
    rule_id,
)
from binder_deploy.rehearsal.controllers.gke.place import Place

WHERE = Place("demo-project", "europe-west1", "demo", "europe-west1", "projects/demo-project/global/networks/demo-net")


def service(name: str = "entrypoint", reserved: str | None = "demo-ip", **spec: Any) -> dict[str, Any]:
    annotations = {ADDRESSES: reserved} if reserved else {}
    return {
        "metadata": {"name": name, "namespace": "traefik", "uid": f"uid-{name}", "annotations": annotations},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}, {"port": 443}], **spec},
    }


def cloud(kind: str = "compute/address", **changes: Any) -> Cloud:
    made = Cloud()
    outputs = {"name": "demo-ip", "project": "demo-project", "region": "europe-west1", "address": "203.0.113.9",
               "addressType": "EXTERNAL", "users": [], **changes}  # fmt: skip
    made.add(kind, "projects/demo-project/regions/europe-west1/addresses/demo-ip", {}, outputs, "engine")
    return made


def build(made: Cloud, of: dict[str, Any], ip: str) -> None:
    for kind, id, facts in parts(WHERE, of, ip):
        made.add(kind, id, {}, facts, "controller")


def test_the_reserved_address_is_resolved_by_name() -> None:
    ip, record = address(cloud(), WHERE, service())
    assert ip == "203.0.113.9"
    assert record is not None and record.name == "demo-ip"


def test_without_a_name_the_address_is_any_and_stays() -> None:
    made, wanting = cloud(), service(reserved=None)
    ip, record = address(made, WHERE, wanting)
    assert record is None and ip != "203.0.113.9"
    build(made, wanting, ip)
    assert address(made, WHERE, wanting) == (ip, None)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (Cloud(), "no reserved address demo-ip in region europe-west1"),
        (cloud(region="us-east1"), "there is one of that name, but it is in us-east1"),
        (cloud("compute/globalAddress"), "but it is global"),
        (cloud(addressType="INTERNAL"), "INTERNAL"),
    ],
)
def test_an_address_that_cannot_serve_is_refused_with_the_reason(made: Cloud, message: str) -> None:
    with pytest.raises(LoadBalancerError, match=message):
        address(made, WHERE, service())


def test_an_address_serves_one_service_at_a_time() -> None:
    made, first = cloud(), service("first")
    build(made, first, "203.0.113.9")
    assert address(made, WHERE, first)[0] == "203.0.113.9"
    with pytest.raises(LoadBalancerError, match="IP_IN_USE"):
        address(made, WHERE, service("second"))


def test_a_literal_address_must_be_reserved() -> None:
    assert address(cloud(), WHERE, service(reserved=None, loadBalancerIP="203.0.113.9"))[0] == "203.0.113.9"
    with pytest.raises(LoadBalancerError, match="neither static nor assigned"):
        address(cloud(), WHERE, service(reserved=None, loadBalancerIP="203.0.113.8"))


def test_everything_made_can_be_found_by_name_and_description() -> None:
    made = parts(WHERE, service(), "203.0.113.9")
    assert {kind.rpartition("/")[2] for kind, _, _ in made} == {
        "healthCheck", "backendService", "forwardingRule", "firewall",
    }  # fmt: skip
    for _, _, facts in made:
        assert facts["name"].startswith("k8s2-") and len(facts["name"]) <= 63
        assert json.loads(facts["description"])["kubernetes.io/service-name"] == "traefik/entrypoint"
    firewalls = [facts for kind, _, facts in made if kind == "compute/firewall"]
    assert all(facts["network"] == WHERE.network for facts in firewalls)


def test_source_ranges_reach_the_firewall() -> None:
    limited = parts(WHERE, service(loadBalancerSourceRanges=["198.51.100.0/24"]), "203.0.113.9")
    ranges = [facts["sourceRanges"] for kind, _, facts in limited if kind == "compute/firewall"]
    assert ["198.51.100.0/24"] in ranges
    assert ["0.0.0.0/0"] not in ranges


def test_removal_leaves_the_address_free_and_other_services_alone() -> None:
    made, mine, other = cloud(users=["somebody"]), service(), service("other", None)
    build(made, mine, "203.0.113.9")
    build(made, other, "203.0.113.10")
    remove(made, WHERE, mine)
    assert made.get("compute/forwardingRule", rule_id(WHERE, mine)) is None
    assert made.get("compute/forwardingRule", rule_id(WHERE, other)) is not None
    assert len([r for r in made.records.values() if r.owner == "controller"]) == 5
    (reserved,) = made.of_type("compute/address")
    assert reserved.outputs["users"] == ["somebody"]
