from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile

NETWORK = "projects/demo-project/global/networks/demo-net"


def test_outputs_are_written_as_google_writes_them(google: Any) -> None:
    network = google.network()
    assert network["id"] == NETWORK
    assert network["selfLink"] == f"https://www.googleapis.com/compute/v1/{NETWORK}"
    address = google.create("address", name="ip", labels={"owner": "me"})
    assert address["id"] == "projects/demo-project/regions/europe-west1/addresses/ip"
    assert address["address"].startswith("203.0.113.")
    assert address["effectiveLabels"]["owner"] == "me"
    assert google.create("address", name="ip2")["address"] != address["address"]


def test_a_reference_to_nothing_is_a_404(google: Any) -> None:
    said = google.refused("subnetwork", name="nodes", network="nowhere", ipCidrRange="10.0.0.0/20")
    assert "Error 404: The resource 'projects/demo-project/global/networks/nowhere' was not found" in said


@pytest.mark.parametrize("how", ["id", "selfLink", "name"])
def test_a_network_is_found_by_id_link_and_name(google: Any, how: str) -> None:
    network = google.network()
    assert google.create("router", name="router", network=network[how])["network"] == network["selfLink"]


def test_a_taken_name_is_a_409(google: Any) -> None:
    google.network()
    assert f"Error 409: The resource '{NETWORK}' already exists" in google.refused("network", name="demo-net")


@pytest.mark.parametrize("name", ["Net", "1net", "net-", "n" * 64, "net_1"])
def test_names_follow_rfc_1035(google: Any, name: str) -> None:
    assert "name" in google.problems("network", name=name)


def test_ranges_of_one_network_never_overlap(google: Any) -> None:
    network = google.network()
    google.subnetwork(network)
    said = google.refused("subnetwork", name="other", network=network["id"], ipCidrRange="10.65.0.0/20")
    assert "10.65.0.0/20 conflicts with existing subnetwork 'demo-nodes'" in said
    other = google.create("network", name="other-net")
    google.create("subnetwork", name="other", network=other["id"], ipCidrRange="10.65.0.0/20")


def test_ranges_of_one_subnetwork_never_overlap(google: Any) -> None:
    problems = google.problems(
        "subnetwork",
        name="nodes",
        network="net",
        ipCidrRange="10.0.0.0/16",
        secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.0.64.0/20"}],
    )
    assert "pods (10.0.64.0/20) overlaps the primary range" in problems["secondaryIpRanges"]


def test_host_bits_and_unknown_regions_are_seen_before_creation(google: Any) -> None:
    problems = google.problems("subnetwork", name="n", network="net", ipCidrRange="10.0.0.1/20", region="europe-west99")
    assert set(problems) == {"ipCidrRange", "region"}


def test_nat_needs_its_router_and_the_subnetworks_it_lists(google: Any) -> None:
    network = google.network()
    subnetwork = google.subnetwork(network)
    nat = {
        "name": "nat",
        "router": "demo-router",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
    }
    assert "subnetworks" in google.problems("nat", **nat)
    nat["subnetworks"] = [{"name": subnetwork["id"], "sourceIpRangesToNats": ["ALL_IP_RANGES"]}]
    assert "routers/demo-router' was not found" in google.refused("nat", **nat)
    router = google.create("router", name="demo-router", network=network["id"])
    assert google.create("nat", **nat)["id"] == "demo-project/europe-west1/demo-router/nat"
    google.delete("router", router["id"])
    assert google.cloud.of_type("compute/routerNat") == []


def test_a_network_goes_last(google: Any) -> None:
    network = google.network()
    subnetwork = google.subnetwork(network)
    said = google.delete_refused("network", network["id"])
    assert f"already being used by '{subnetwork['id']}', resourceInUseByAnotherResource" in said
    google.delete("subnetwork", subnetwork["id"])
    google.delete("network", network["id"])
    assert google.cloud.of_type("compute/network", "compute/subnetwork") == []


def test_a_firewall_left_by_a_controller_blocks_its_network(google: Any, cloud_file: CloudFile) -> None:
    network = google.network()
    with cloud_file.transaction() as cloud:
        outputs = {"name": "k8s-fw-a1", "network": network["selfLink"]}
        cloud.add("compute/firewall", "projects/demo-project/global/firewalls/k8s-fw-a1", {}, outputs, "controller")
    assert "k8s-fw-a1" in google.delete_refused("network", network["id"])


@pytest.mark.parametrize("field", ["ipAddress", "IPAddress"])
def test_an_address_in_use_stays(google: Any, cloud_file: CloudFile, field: str) -> None:
    address = google.create("address", name="ip")
    rule = "projects/demo-project/regions/europe-west1/forwardingRules/a1"
    with cloud_file.transaction() as cloud:
        cloud.add("compute/forwardingRule", rule, {}, {"name": "a1", field: address["address"]}, "controller")
    assert f"already being used by '{rule}'" in google.delete_refused("address", address["id"])
    with cloud_file.transaction() as cloud:
        cloud.remove("compute/forwardingRule", rule)
    google.delete("address", address["id"])


def test_nothing_is_made_before_its_api_is_switched_on(google: Any, cloud_file: CloudFile) -> None:
    with cloud_file.transaction() as cloud:
        cloud.session["enabled_apis"] = ["demo-project/serviceusage.googleapis.com"]
    assert "Compute Engine API has not been used in project" in google.refused("network", name="net")
    google.create("service", service="compute.googleapis.com")
    google.network()
