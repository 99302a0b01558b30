from __future__ import annotations

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile, Fault
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.wire import UNKNOWN, plain, struct


def test_what_was_created_is_read_back_with_its_inputs(google: Any) -> None:
    network = google.network()
    answer = google.read("network", network["id"])
    assert plain(answer.properties)[0]["selfLink"] == network["selfLink"]
    assert plain(answer.inputs)[0] == {"name": "demo-net", "autoCreateSubnetworks": False}
    google.delete("network", network["id"])
    assert google.read("network", network["id"]).id == ""


def test_a_preview_makes_nothing_and_knows_what_it_cannot_know(google: Any) -> None:
    planned = google.plan("subnetwork", name="nodes", network=UNKNOWN, ipCidrRange="10.0.0.0/20")
    assert planned["network"] == UNKNOWN and planned["selfLink"] == UNKNOWN and planned["name"] == "nodes"
    assert google.problems("subnetwork", name="nodes", network=UNKNOWN, ipCidrRange=UNKNOWN) == {}
    assert google.cloud.calls == []


def test_secrets_go_back_as_secrets(google: Any) -> None:
    news = struct({"name": "net", "description": "hush"}, secret=("description",))
    urn = "urn:pulumi:test::demo::gcp:compute/network:Network::x"
    checked = google.stub.Check(pb.CheckRequest(urn=urn, news=news))
    assert plain(checked.inputs)[1] == {"description"}
    created = google.stub.Create(pb.CreateRequest(urn=urn, properties=checked.inputs))
    assert plain(created.properties)[1] == {"description"}
    assert google.cloud.of_type("compute/network")[0].inputs["description"] == "hush"


@pytest.mark.parametrize(
    ("kind", "old", "new", "replaces"),
    [
        ("network", {"name": "a"}, {"name": "b"}, ["name"]),
        ("network", {"name": "a", "mtu": 1460}, {"name": "a", "mtu": 1500}, []),
        ("address", {"name": "a", "labels": {"x": "1"}}, {"name": "a", "labels": {"x": "2"}}, []),
        ("subnetwork", {"name": "a", "ipCidrRange": "10.0.0.0/20"}, {"name": "a", "ipCidrRange": "10.0.0.0/19"}, []),
        (
            "subnetwork",
            {"name": "a", "ipCidrRange": "10.0.0.0/20"},
            {"name": "a", "ipCidrRange": "10.0.0.0/21"},
            ["ipCidrRange"],
        ),
        (
            "pool",
            {"name": "a", "cluster": "c", "location": "europe-west1", "nodeConfig": {"spot": True}},
            {"name": "a", "cluster": "c", "location": "europe-west1", "nodeConfig": {"spot": False}},
            ["nodeConfig"],
        ),
        ("network", {"name": "a"}, {"name": "a", "description": None}, []),
    ],
)
def test_only_what_google_cannot_change_is_replaced(
    google: Any, kind: str, old: dict[str, Any], new: dict[str, Any], replaces: list[str]
) -> None:
    assert list(google.diff(kind, old, new).replaces) == replaces


def test_nothing_changed_is_no_change(google: Any) -> None:
    inputs = {"name": "a", "labels": {"x": "1"}}
    assert google.diff("address", inputs, dict(inputs)).changes == pb.DiffResponse.DIFF_NONE


def test_a_fixed_name_is_freed_before_it_is_taken_again(google: Any) -> None:
    old = {"name": "a", "description": "x"}
    assert google.diff("network", old, {**old, "description": "y"}).deleteBeforeReplace
    assert not google.diff("network", old, {"name": "b", "description": "y"}).deleteBeforeReplace


def test_a_name_left_out_is_made_up_and_kept(google: Any) -> None:
    urn = "urn:pulumi:test::demo::gcp:compute/network:Network::vpc"
    first = google.stub.Check(pb.CheckRequest(urn=urn, news=struct({}), randomSeed=b"12345678"))
    name = plain(first.inputs)[0]["name"]
    assert name.startswith("vpc-") and len(name) == len("vpc-") + 7
    again = google.stub.Check(pb.CheckRequest(urn=urn, olds=first.inputs, news=struct({}), randomSeed=b"87654321"))
    assert plain(again.inputs)[0]["name"] == name


@pytest.mark.parametrize(
    ("kind", "said", "exists"),
    [
        ("quota", "quotaExceeded", False),
        ("403", "forbidden", False),
        ("429", "rateLimitExceeded", False),
        ("500", "backendError", False),
        ("timeout", "timeout while waiting", False),
        ("created-but-not-reported", "connection reset", True),
    ],
)
def test_each_fault_fails_as_it_does_in_life(google: Any, kind: Any, said: str, exists: bool) -> None:
    google.break_once(Fault("create", "compute/net*", kind))
    assert said in google.refused("network", name="demo-net")
    assert bool(google.cloud.of_type("compute/network")) == exists
    assert said in google.cloud.calls[-1].result
    if exists:
        assert "Error 409" in google.refused("network", name="demo-net")
    else:
        google.network()


@pytest.mark.parametrize("method", ["read", "update", "delete"])
def test_faults_hit_every_method(google: Any, method: Any) -> None:
    network = google.network()
    google.break_once(Fault(method, "compute/network", "500", message="googleapi: Error 503: try later"))
    calls = {
        "read": lambda: google.read("network", network["id"]),
        "update": lambda: google.update("network", network["id"], name="demo-net", routingMode="GLOBAL"),
        "delete": lambda: google.delete("network", network["id"]),
    }
    with pytest.raises(grpc.RpcError) as caught:
        calls[method]()
    assert "Error 503: try later" in caught.value.details()
    calls[method]()


def test_an_update_keeps_what_the_cloud_decided(google: Any) -> None:
    address = google.create("address", name="ip", labels={"owner": "a"})
    updated = google.update("address", address["id"], name="ip", labels={"owner": "b"})
    assert updated["address"] == address["address"]
    assert updated["effectiveLabels"]["owner"] == "b"


def test_after_a_cancel_nothing_new_begins(google: Any) -> None:
    from google.protobuf.empty_pb2 import Empty

    google.stub.Cancel(Empty())
    assert "cancelled" in google.refused("network", name="demo-net")
    assert google.cloud.of_type("compute/network") == []


def test_leftovers_are_all_that_was_not_there_before(google: Any, cloud_file: CloudFile) -> None:
    google.create("service", service="compute.googleapis.com", disableOnDestroy=False)
    assert leftovers(google.cloud) == []
    network = google.network()
    google.subnetwork(network)
    with cloud_file.transaction() as cloud:
        disk = "projects/demo-project/zones/europe-west1-b/disks/pvc-1"
        cloud.add("compute/disk", disk, {}, {"name": "pvc-1"}, "controller")
    found = leftovers(google.cloud)
    assert [(f.kind, f.name) for f in found] == [
        ("disk", "pvc-1"),
        ("subnetwork", "demo-nodes"),
        ("network", "demo-net"),
    ]
    assert found[0].command == "gcloud compute disks delete pvc-1 --zone europe-west1-b --project demo-project"
    assert "billed by the GB" in found[0].reason


def test_an_api_stays_on_unless_asked_otherwise(google: Any) -> None:
    kept = google.create("service", service="compute.googleapis.com", disableOnDestroy=False)
    gone = google.create("service", service="dns.googleapis.com", disableOnDestroy=True)
    google.delete("service", kept["id"])
    google.delete("service", gone["id"])
    assert [r.id for r in google.cloud.of_type("projects/service")] == [kept["id"]]
