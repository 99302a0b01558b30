"""The disk driver's provisioner: a claim that may be bound gets a disk in the cloud and a PersistentVolume.

The disk enters the cloud file and stays there until a volume with reclaim policy Delete is released: if the cluster
goes first, the disk is left over, as in life.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import ceil
from typing import Any

from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.pools import ZONE_LABEL
from binder_deploy.rehearsal.controllers.quantities import quantity
from binder_deploy.rehearsal.controllers.scene import Place, Scene, link, place
from binder_deploy.rehearsal.furniture import DRIVER

DISK = "compute/disk"
FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
"""Annotation that the controller manager puts on a claim: who has to act."""
SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""Annotation that the scheduler puts on a claim under WaitForFirstConsumer."""
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
COMPONENT = f"{DRIVER}_provisioner"
GIB = 2**30
TYPES = ("pd-balanced", "pd-ssd", "pd-standard", "pd-extreme", "hyperdisk-balanced", "hyperdisk-throughput")


class ProvisioningError(Exception):
    """The storage class asks for what the driver cannot make."""


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    classes = {c["metadata"]["name"]: c for c in scene.world.all("classes")}
    well = scene.each("storage", scene.world.all("claims"), lambda claim: _provision(scene, claim, classes))
    return scene.each("storage", scene.world.all("volumes"), lambda volume: _reclaim(scene, volume)) and well


def _provision(scene: Scene, claim: Object, classes: Mapping[str, Object]) -> None:
    annotations = claim["metadata"].get("annotations") or {}
    if (claim.get("status") or {}).get("phase") != "Pending" or claim["metadata"].get("deletionTimestamp"):
        return
    if claim["spec"].get("volumeName") or annotations.get(PROVISIONER) != DRIVER:
        return
    chosen = classes.get(claim["spec"].get("storageClassName") or "")
    if chosen is None:
        return
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim}
    cloud = scene.cloud.read()
    where = place(cloud)
    zone = _zone(scene, annotations, chosen)
    if where is None or zone is None:
        return
    try:
        facts = disk(claim, chosen, zone, where)
    except ProvisioningError as error:
        message = f'failed to provision volume with StorageClass "{chosen["metadata"]["name"]}": {error}'
        scene.say(claim, "ProvisioningFailed", message, COMPONENT, "Warning")
        return
    id = disk_id(facts)
    # The disk first: a volume without a disk could never be mounted, a disk without a volume is what a sweep finds.
    with scene.cloud.transaction() as held:
        if held.get(DISK, id) is None:
            held.add(DISK, id, {}, {**facts, "selfLink": link(id), "users": []}, owner="controller")
    if scene.world.api.create("/api/v1/persistentvolumes", volume(claim, chosen, facts)):
        message = f"Successfully provisioned volume {facts['name']}"
        scene.say(claim, "ProvisioningSucceeded", message, COMPONENT)


def _zone(scene: Scene, annotations: Mapping[str, str], chosen: Object) -> str | None:
    """Where the disk must be: with the node that the scheduler chose; without a choice, where the machines are."""
    nodes = {n["metadata"]["name"]: n["metadata"]["labels"].get(ZONE_LABEL) for n in scene.world.all("nodes")}
    if chosen.get("volumeBindingMode") == "WaitForFirstConsumer":
        return nodes.get(annotations.get(SELECTED_NODE, ""))
    return min((zone for zone in nodes.values() if zone), default=None)


def _reclaim(scene: Scene, body: Object) -> None:
    metadata = body["metadata"]
    if (metadata.get("annotations") or {}).get(PROVISIONED_BY) != DRIVER:
        return
    path = f"/api/v1/persistentvolumes/{metadata['name']}"
    finalizers = metadata.get("finalizers") or []
    going = bool(metadata.get("deletionTimestamp"))
    if body["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
        if going and FINALIZER in finalizers:
            scene.set_finalizers(path, body, [f for f in finalizers if f != FINALIZER])
        return
    if (body.get("status") or {}).get("phase") not in ("Released", "Failed"):
        return
    with scene.cloud.transaction() as cloud:
        cloud.remove(DISK, body["spec"]["csi"]["volumeHandle"])
    if not going:
        scene.world.api.delete(path)  # the next round, which sees it going, lets it go
    elif FINALIZER in finalizers:
        scene.set_finalizers(path, body, [f for f in finalizers if f != FINALIZER])


def disk(claim: Object, chosen: Object, zone: str, where: Place) -> dict[str, Any]:
    """The disk for a claim, as the cloud shows it. Raises `ProvisioningError`."""
    metadata, parameters = claim["metadata"], chosen.get("parameters") or {}
    kind = str(parameters.get("type") or "pd-standard")
    if kind not in TYPES:
        raise ProvisioningError(f"InvalidArgument: parameters.type {kind} is no disk type")
    name = f"pvc-{metadata['uid']}"
    description = {
        "kubernetes.io/created-for/pv/name": name,
        "kubernetes.io/created-for/pvc/name": metadata["name"],
        "kubernetes.io/created-for/pvc/namespace": metadata["namespace"],
        "storage.gke.io/created-by": DRIVER,
    }
    return {
        "name": name,
        "project": where.project,
        "zone": zone,
        "type": kind,
        "size": gigabytes(claim),
        "description": json.dumps(description, separators=(",", ":")),
        "labels": {
            **_labels(str(parameters.get("labels") or "")),
            "goog-gke-volume": "",
            "goog-k8s-cluster-name": where.cluster,
            "goog-k8s-cluster-location": where.location,
        },
    }


def disk_id(facts: Mapping[str, Any]) -> str:
    """`projects/P/zones/Z/disks/N`: also the driver's handle of the volume."""
    return f"projects/{facts['project']}/zones/{facts['zone']}/disks/{facts['name']}"


def gigabytes(claim: Object) -> int:
    """Size of the disk for a claim in GiB: whole ones, at least one."""
    return max(1, ceil(quantity(claim["spec"]["resources"]["requests"]["storage"]) / GIB))


def volume(claim: Object, chosen: Object, facts: Mapping[str, Any]) -> Object:
    """The PersistentVolume of a disk, reserved for its claim; the controller manager binds the two."""
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": facts["name"],
            "annotations": {PROVISIONED_BY: DRIVER},
            "finalizers": [FINALIZER],
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": f"{facts['size']}Gi"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                "resourceVersion": metadata.get("resourceVersion"),
            },
            "csi": {
                "driver": DRIVER,
                "volumeHandle": disk_id(facts),
                "fsType": (chosen.get("parameters") or {}).get("csi.storage.k8s.io/fstype") or "ext4",
            },
            "persistentVolumeReclaimPolicy": chosen.get("reclaimPolicy") or "Delete",
            "storageClassName": chosen["metadata"]["name"],
            "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            "mountOptions": chosen.get("mountOptions") or [],
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "topology.gke.io/zone", "operator": "In", "values": [facts["zone"]]}
                            ]
                        }
                    ]
                }
            },
        },
    }


def _labels(text: str) -> dict[str, str]:
    """From the storage class's parameter `labels`: `key=value,key=value`."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not separator for _, separator, _ in pairs):
        raise ProvisioningError("InvalidArgument: parameters.labels must read key=value,key=value")
    return {key.strip(): value.strip() for key, _, value in pairs}
