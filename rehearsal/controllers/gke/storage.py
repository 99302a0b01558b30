"""The Compute Engine disk driver, which every GKE cluster has."""

from __future__ import annotations

import json

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.controllers import storage
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.gke.furniture import DRIVER
from binder_deploy.rehearsal.controllers.gke.place import Place, link, place
from binder_deploy.rehearsal.controllers.scene import Scene
from binder_deploy.rehearsal.controllers.storage import Disk, Driver, ProvisioningError, gigabytes, name

TYPES = ("pd-balanced", "pd-ssd", "pd-standard", "pd-extreme", "hyperdisk-balanced", "hyperdisk-throughput")


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    return storage.reconcile(scene, COMPUTE_ENGINE)


def disk(claim: Object, chosen: Object, zone: str, where: Place) -> Disk:
    """The disk for a claim. Raises `ProvisioningError`."""
    metadata, parameters = claim["metadata"], chosen.get("parameters") or {}
    kind = str(parameters.get("type") or "pd-standard")
    if kind not in TYPES:
        raise ProvisioningError(f"InvalidArgument: parameters.type {kind} is no disk type")
    description = {
        "kubernetes.io/created-for/pv/name": name(claim),
        "kubernetes.io/created-for/pvc/name": metadata["name"],
        "kubernetes.io/created-for/pvc/namespace": metadata["namespace"],
        "storage.gke.io/created-by": DRIVER,
    }
    id = f"projects/{where.project}/zones/{zone}/disks/{name(claim)}"
    facts = {
        "name": name(claim),
        "project": where.project,
        "zone": zone,
        "type": kind,
        "size": gigabytes(claim),
        "selfLink": link(id),
        "users": [],
        "description": json.dumps(description, separators=(",", ":")),
        "labels": {
            **_labels(str(parameters.get("labels") or "")),
            "goog-gke-volume": "",
            "goog-k8s-cluster-name": where.cluster,
            "goog-k8s-cluster-location": where.location,
        },
    }
    return Disk(id, zone, gigabytes(claim), facts)


def _make(cloud: Cloud, claim: Object, chosen: Object, zone: str) -> Disk | None:
    where = place(cloud)
    return disk(claim, chosen, zone, where) if where else None


def _labels(text: str) -> dict[str, str]:
    """From the storage class's parameter `labels`: `key=value,key=value`."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not separator for _, separator, _ in pairs):
        raise ProvisioningError("InvalidArgument: parameters.labels must read key=value,key=value")
    return {key.strip(): value.strip() for key, _, value in pairs}


COMPUTE_ENGINE = Driver(DRIVER, "compute/disk", "topology.gke.io/zone", _make)
