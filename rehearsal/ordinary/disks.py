"""The provisioner of folders on a node: a claim that may be bound gets a PersistentVolume, which goes with it."""

from __future__ import annotations

from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.scene import Scene
from binder_deploy.rehearsal.ordinary.furniture import PROVISIONER

WANTED_OF = "volume.kubernetes.io/storage-provisioner"
"""Annotation that the controller manager puts on a claim: who has to act."""
SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
VOLUMES = "/api/v1/persistentvolumes"


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    well = scene.each("disks", scene.world.all("claims"), lambda claim: _provision(scene, claim))
    return scene.each("disks", scene.world.all("volumes"), lambda volume: _reclaim(scene, volume)) and well


def _provision(scene: Scene, claim: Object) -> None:
    metadata, spec = claim["metadata"], claim["spec"]
    annotations = metadata.get("annotations") or {}
    host = annotations.get(SELECTED_NODE)
    if annotations.get(WANTED_OF) != PROVISIONER or not host or spec.get("volumeName"):
        return
    if (claim.get("status") or {}).get("phase") != "Pending" or metadata.get("deletionTimestamp"):
        return
    scene.world.api.create(VOLUMES, volume(claim, host))


def _reclaim(scene: Scene, body: Object) -> None:
    metadata = body["metadata"]
    ours = (metadata.get("annotations") or {}).get(PROVISIONED_BY) == PROVISIONER
    released = (body.get("status") or {}).get("phase") in ("Released", "Failed")
    goes = body["spec"].get("persistentVolumeReclaimPolicy") == "Delete" and not metadata.get("deletionTimestamp")
    if ours and released and goes:
        scene.world.api.delete(f"{VOLUMES}/{metadata['name']}")


def volume(claim: Object, host: str) -> Object:
    """A folder of a node, reserved for its claim; the controller manager binds the two."""
    metadata, spec = claim["metadata"], claim["spec"]
    name = f"pvc-{metadata['uid']}"
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "hostPath": {"path": f"/var/local-path-provisioner/{name}", "type": "DirectoryOrCreate"},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec["storageClassName"],
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
