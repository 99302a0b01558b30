"""A node is what its pool says: machine, labels, taints, zone; and the pool's numbers count as GKE counts them."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.controllers.gke import nodes
from binder_deploy.rehearsal.controllers.pools import Pool
from binder_deploy.rehearsal.controllers.pools import node as node_of

BASE: dict[str, Any] = {
    "name": "user", "cluster": "projects/p/locations/europe-west1/clusters/demo", "project": "demo-project",
    "location": "europe-west1", "nodeLocations": ["europe-west1-b"], "initialNodeCount": 0,
    "autoscaling": {"minNodeCount": 0, "maxNodeCount": 4},
    "nodeConfig": {
        "machineType": "e2-standard-8", "labels": {"hub.jupyter.org/node-purpose": "user"}, "spot": True,
        "taints": [{"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NO_SCHEDULE"}],
    },
}  # fmt: skip


def record(created: int = 7, **changes: Any) -> Record:
    return Record("container/nodePool", "projects/p/x/user", {}, {**BASE, **changes}, "engine", created)


def pool_of(of: Record) -> Pool:
    return nodes.pool_of(of, Cloud())


def node(pool: Pool, index: int, version: str) -> dict[str, Any]:
    return node_of(pool, index, version, nodes.FLEET)


def test_a_node_is_a_machine_of_its_pool() -> None:
    made = node(pool_of(record()), 0, "v1.36.3")
    labels = made["metadata"]["labels"]
    assert labels["hub.jupyter.org/node-purpose"] == "user"
    assert labels["cloud.google.com/gke-nodepool"] == "user"
    assert labels["cloud.google.com/gke-spot"] == "true"
    assert labels["topology.kubernetes.io/zone"] == "europe-west1-b"
    assert labels["topology.kubernetes.io/region"] == "europe-west1"
    assert labels["node.kubernetes.io/instance-type"] == "e2-standard-8"
    assert labels["kubernetes.io/hostname"] == made["metadata"]["name"]
    assert made["metadata"]["name"].startswith("gke-demo-user-")
    taint = {"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NoSchedule"}
    assert made["spec"] == {
        "providerID": f"gce://demo-project/europe-west1-b/{made['metadata']['name']}",
        "taints": [taint],
    }
    assert made["status"]["allocatable"]["cpu"] == "7910m"
    assert made["status"]["capacity"]["cpu"] == "8"
    assert made["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (0, 4)),
        ({"autoscaling": {"minNodeCount": 1, "maxNodeCount": 3}}, (1, 3)),
        ({"initialNodeCount": 2}, (2, 4)),
        ({"nodeLocations": ["europe-west1-b", "europe-west1-c"], "initialNodeCount": 1}, (2, 8)),
        ({"autoscaling": {"totalMinNodeCount": 1, "totalMaxNodeCount": 5}, "nodeLocations": None}, (1, 5)),
        ({"autoscaling": None, "nodeCount": 2}, (2, 2)),
        ({"autoscaling": None, "initialNodeCount": 1, "nodeLocations": None}, (3, 3)),
    ],
)
def test_a_pool_is_as_large_as_gke_makes_it(changes: dict[str, Any], expected: tuple[int, int]) -> None:
    pool = pool_of(record(**changes))
    assert (pool.floor, pool.ceiling) == expected


def test_nodes_of_a_pool_that_was_made_anew_are_other_nodes() -> None:
    first, again = pool_of(record(created=7)), pool_of(record(created=9))
    assert node(first, 0, "v1")["metadata"]["name"] == node(pool_of(record(created=7)), 0, "v1")["metadata"]["name"]
    assert node(first, 0, "v1")["metadata"]["name"] != node(again, 0, "v1")["metadata"]["name"]


def test_nodes_are_spread_over_the_zones() -> None:
    pool = pool_of(record(nodeLocations=["europe-west1-b", "europe-west1-c"]))
    zones = [node(pool, i, "v1")["metadata"]["labels"]["topology.gke.io/zone"] for i in range(4)]
    assert zones == ["europe-west1-b", "europe-west1-c"] * 2
