from __future__ import annotations

import base64
from typing import Any

import grpc
import pytest


def pool(**changed: Any) -> dict[str, Any]:
    config = {"machineType": "e2-standard-4", "workloadMetadataConfig": {"mode": "GKE_METADATA"}}
    return {"name": "user", "cluster": "demo", "location": "europe-west1", "nodeConfig": config, **changed}


def test_the_cluster_is_the_control_plane_on_this_machine(google: Any) -> None:
    cluster = google.cluster()
    assert google.control_plane.started == 1
    assert cluster["endpoint"] == "127.0.0.1:6443"
    assert cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"] == "127.0.0.1:6443"
    assert base64.b64decode(cluster["masterAuth"]["clusterCaCertificate"]).startswith(b"-----BEGIN")
    google.delete("cluster", cluster["id"])
    assert google.control_plane.stopped == 1


def test_a_control_plane_that_does_not_start_leaves_no_cluster(google: Any) -> None:
    google.control_plane.broken = True
    with pytest.raises(grpc.RpcError, match="etcd did not come up"):
        google.cluster()
    assert google.cloud.of_type("container/cluster") == []


def test_deletion_protection_holds_until_it_is_switched_off(google: Any) -> None:
    cluster = google.cluster(deletionProtection=True)
    assert "deletion_protection is set to true" in google.delete_refused("cluster", cluster["id"])
    assert google.control_plane.stopped == 0
    inputs = dict(google.cloud.get("container/cluster", cluster["id"]).inputs)
    updated = google.update("cluster", cluster["id"], **{**inputs, "deletionProtection": False})
    assert updated["endpoint"] == cluster["endpoint"]
    google.delete("cluster", cluster["id"])


def test_deletion_protection_is_googles_default(google: Any) -> None:
    cluster = google.cluster(deletionProtection=None)
    assert "deletion_protection" in google.delete_refused("cluster", cluster["id"])


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"networkPolicy": {"enabled": True}}, "networkPolicy.enabled"),
        ({"nodeLocations": ["europe-west4-a"]}, "nodeLocations[0]"),
        ({"location": "europe-west1-a"}, "location"),
        ({"initialNodeCount": None}, "initialNodeCount"),
        (
            {"privateClusterConfig": {"masterIpv4CidrBlock": "172.16.0.0/27"}},
            "privateClusterConfig.masterIpv4CidrBlock",
        ),
        ({"workloadIdentityConfig": {"workloadPool": "other.svc.id.goog"}}, "workloadIdentityConfig.workloadPool"),
        ({"releaseChannel": {"channel": "FAST"}}, "releaseChannel.channel"),
        ({"resourceLabels": {"Owner": "me"}}, "resourceLabels"),
        ({"name": "d" * 41}, "name"),
        ({"masterAuthorizedNetworksConfig": {"cidrBlocks": []}}, "masterAuthorizedNetworksConfig"),
        ({"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}}}, "controlPlaneEndpointsConfig"),
    ],
)
def test_a_wrong_cluster_is_seen_before_creation(google: Any, changed: dict[str, Any], path: str) -> None:
    inputs = google.cluster_inputs({"id": "net"}, {"id": "nodes"})
    assert google.problems("cluster", **inputs) == {}
    assert path in google.problems("cluster", **{**inputs, **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"}}, "'pods' does not exist in subnetwork"),
        ({"privateClusterConfig": {"masterIpv4CidrBlock": "10.10.1.0/28"}}, "overlaps with an existing network"),
        ({"network": "nowhere"}, "networks/nowhere' was not found"),
        ({"nodeConfig": {"serviceAccount": "ghost@demo-project.iam.gserviceaccount.com"}}, "does not exist"),
    ],
)
def test_a_cluster_that_does_not_fit_its_surroundings_is_refused(
    google: Any, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        google.cluster(**changed)
    assert said in caught.value.details()
    assert google.control_plane.started == 0


def test_one_rehearsal_has_one_cluster(google: Any) -> None:
    cluster = google.cluster()
    inputs = dict(google.cloud.get("container/cluster", cluster["id"]).inputs)
    assert "one control plane" in google.refused("cluster", **{**inputs, "name": "second"})


def test_a_pool_needs_its_cluster(google: Any) -> None:
    said = google.refused("pool", **pool())
    assert "Not found: projects/demo-project/locations/europe-west1/clusters/demo" in said


def test_a_pool_takes_its_clusters_zones(google: Any) -> None:
    google.cluster()
    created = google.create("pool", **pool(initialNodeCount=0))
    assert created["nodeLocations"] == ["europe-west1-b"]
    assert created["initialNodeCount"] == 0
    assert "/zones/europe-west1-b/" in created["instanceGroupUrls"][0]


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"taints": [{"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NO_SCHEDULE"}]}, "taints[0].key"),
        ({"taints": [{"key": "dedicated", "value": "user", "effect": "NoSchedule"}]}, "taints[0].effect"),
        ({"labels": {"node.kubernetes.io/role": "x"}}, "labels['node.kubernetes.io/role']"),
        ({"machineType": "e2-standard-5"}, "machineType"),
        ({"diskType": "ssd"}, "diskType"),
        ({"diskSizeGb": 5}, "diskSizeGb"),
        ({"machineType": "n4-standard-4", "diskType": "pd-balanced"}, "diskType"),
        ({"spot": True, "preemptible": True}, "spot"),
    ],
)
def test_wrong_nodes_are_seen_before_creation(google: Any, config: dict[str, Any], path: str) -> None:
    assert google.problems("pool", **pool()) == {}
    assert f"nodeConfig.{path}" in google.problems("pool", **pool(nodeConfig=config))


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"autoscaling": {"minNodeCount": 3, "maxNodeCount": 2}}, "autoscaling.maxNodeCount"),
        ({"autoscaling": {"minNodeCount": 0, "maxNodeCount": 0}}, "autoscaling.maxNodeCount"),
        ({"autoscaling": {"minNodeCount": 0, "totalMaxNodeCount": 3}}, "autoscaling"),
        ({"nodeLocations": ["europe-west1-a"]}, "nodeLocations[0]"),
        ({"name": "p" * 40}, "name"),
    ],
)
def test_wrong_pools_are_seen_before_creation(google: Any, changed: dict[str, Any], path: str) -> None:
    assert path in google.problems("pool", **pool(**changed))


def test_gke_metadata_needs_workload_identity(google: Any) -> None:
    google.cluster(workloadIdentityConfig=None)
    assert "Workload Identity is not enabled" in google.refused("pool", **pool())


def test_disks_outlive_the_cluster_and_pools_do_not(google: Any) -> None:
    cluster = google.cluster()
    google.create("pool", **pool())
    with google.file.transaction() as cloud:
        cloud.add("compute/disk", "projects/demo-project/zones/europe-west1-b/disks/pvc-1", {}, {}, "controller")
    google.delete("cluster", cluster["id"])
    assert google.cloud.of_type("container/nodePool") == []
    assert len(google.cloud.of_type("compute/disk")) == 1
