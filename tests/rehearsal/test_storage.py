"""A claim's disk and volume say who they are for, so that both can be found when the cluster is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from binder_deploy.rehearsal.controllers.gke.furniture import DRIVER, objects, storage_class
from binder_deploy.rehearsal.controllers.gke.place import Place
from binder_deploy.rehearsal.controllers.gke.storage import COMPUTE_ENGINE, disk
from binder_deploy.rehearsal.controllers.storage import ProvisioningError, gigabytes, volume

WHERE = Place("demo-project", "europe-west1", "demo", "europe-west1", "projects/demo-project/global/networks/n")


def claim(storage: str = "1Gi") -> dict[str, Any]:
    return {
        "metadata": {"name": "hub-db-dir", "namespace": "binder", "uid": "u-1", "resourceVersion": "5"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}},
    }


def labelled(labels: str) -> dict[str, Any]:
    body = storage_class("demo-disk", "pd-balanced", default=False)
    return {**body, "parameters": {**body["parameters"], "labels": labels}}


def test_a_disk_can_be_traced_to_its_claim_and_its_owner() -> None:
    made = disk(claim(), labelled("binder-deploy=demo, owner=team"), "europe-west1-b", WHERE)
    facts = made.facts
    assert facts["name"] == "pvc-u-1"
    assert (facts["type"], made.size, made.zone) == ("pd-balanced", 1, "europe-west1-b")
    about = json.loads(facts["description"])
    assert about["kubernetes.io/created-for/pvc/name"] == "hub-db-dir"
    assert about["kubernetes.io/created-for/pvc/namespace"] == "binder"
    assert {"binder-deploy": "demo", "owner": "team"}.items() <= facts["labels"].items()
    assert facts["labels"]["goog-k8s-cluster-name"] == "demo"


def test_a_volume_is_reserved_for_its_claim_and_tied_to_its_zone() -> None:
    chosen = {**storage_class("keep", "pd-ssd", default=False), "reclaimPolicy": "Retain"}
    made = disk(claim(), chosen, "europe-west1-b", WHERE)
    body = volume(claim(), chosen, made, COMPUTE_ENGINE)
    spec = body["spec"]
    assert spec["claimRef"]["uid"] == "u-1"
    assert spec["csi"] == {"driver": DRIVER, "volumeHandle": made.id, "fsType": "ext4"}
    assert spec["persistentVolumeReclaimPolicy"] == "Retain"
    assert spec["storageClassName"] == "keep"
    (term,) = spec["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == ["europe-west1-b"]
    assert body["metadata"]["finalizers"]


@pytest.mark.parametrize(("asked", "size"), [("1Gi", 1), ("1500Mi", 2), ("1G", 1), ("1k", 1), ("10Gi", 10)])
def test_disks_come_in_whole_gibibytes(asked: str, size: int) -> None:
    assert gigabytes(claim(asked)) == size


def test_what_the_driver_would_refuse_is_refused() -> None:
    with pytest.raises(ProvisioningError, match="gp3 is no disk type"):
        disk(claim(), storage_class("x", "gp3", default=False), "europe-west1-b", WHERE)
    with pytest.raises(ProvisioningError, match="key=value"):
        disk(claim(), labelled("owner"), "europe-west1-b", WHERE)


def test_exactly_one_storage_class_is_the_default() -> None:
    classes = [body for _, body in objects() if body["kind"] == "StorageClass"]
    defaults = [c["metadata"]["name"] for c in classes if c["metadata"]["annotations"]]
    assert defaults == ["standard-rwo"]
