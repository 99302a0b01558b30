from __future__ import annotations

from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers

RANGES = {"demo-pods": "10.32.0.0/14", "demo-services": "10.36.0.0/20"}


def test_a_cluster_can_live_in_the_institutions_own_network(google: Any, cloud_file: CloudFile) -> None:
    with cloud_file.transaction() as cloud:
        given.network(cloud, "host", "europe-west1", "campus", "campus-nodes", RANGES, "10.128.0.0/20")
    shared = {"id": "projects/host/global/networks/campus"}
    subnetwork = {"id": "projects/host/regions/europe-west1/subnetworks/campus-nodes"}
    cluster = google.create("cluster", **google.cluster_inputs(shared, subnetwork))
    assert cluster["clusterIpv4Cidr"] == "10.32.0.0/14"
    google.delete("cluster", cluster["id"])
    assert leftovers(google.cloud) == []


def test_what_was_given_twice_is_there_once(cloud_file: CloudFile) -> None:
    for _ in range(2):
        with cloud_file.transaction() as cloud:
            given.project(cloud, "demo-project")
            given.zone(cloud, "demo-project", "example", "example.org")
            given.network(cloud, "host", "europe-west1", "campus", "campus-nodes", RANGES, "10.128.0.0/20")
    types = sorted(r.type for r in cloud_file.read().records.values())
    assert types == ["compute/network", "compute/subnetwork", "dns/managedZone", "organizations/project"]
