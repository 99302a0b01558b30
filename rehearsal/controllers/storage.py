"""A disk driver's provisioner: a claim that may be bound gets a disk in the cloud and a PersistentVolume.

The disk enters the cloud file and stays there until a volume with reclaim policy Delete is released: if the cluster
goes first, the disk is left over, as in life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.pools import ZONE_LABEL
from binder_deploy.rehearsal.controllers.quantities import quantity
from binder_deploy.rehearsal.controllers.scene import Scene

FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
"""Annotation that the controller manager puts on a claim: who has to act."""
SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""Annotation that the scheduler puts on a claim under WaitForFirstConsumer."""
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
GIB = 2**30


class ProvisioningError(Exception):
    """The storage class asks for what the driver cannot make, or the driver may not."""


@dataclass(frozen=True)
class Disk:
    """A disk for a claim, before it is made."""

    id: str
    """Of its record; also the driver's handle of the volume."""
    zone: str
    size: int
    """GiB."""
    facts: Mapping[str, Any]
    """What the cloud shows of it."""


@dataclass(frozen=True)
class Driver:
    """A cloud's disk driver."""

    name: str
    """As storage classes call it."""
    disk: str
    """Type of its disks' records."""
    topology: str
    """Label of nodes that a volume is tied to."""
    make: Callable[[Cloud, Object, Object, str], Disk | None]
    """By claim, storage class and zone. None: there is no cluster any more. Raises `ProvisioningError`."""
    runs: Callable[[Scene], bool] = lambda scene: True
    """Whether it is installed."""


def reconcile(scene: Scene, driver: Driver) -> bool:
    """One round. Whether all of it went well."""
    if not driver.runs(scene):
        return True
    classes = {c["metadata"]["name"]: c for c in scene.world.all("classes")}
    well = scene.each("storage", scene.world.all("claims"), lambda claim: _provision(scene, driver, claim, classes))
    return scene.each("storage", scene.world.all("volumes"), lambda volume: _reclaim(scene, driver, volume)) and well


def _provision(scene: Scene, driver: Driver, claim: Object, classes: Mapping[str, Object]) -> None:
    annotations = claim["metadata"].get("annotations") or {}
    if (claim.get("status") or {}).get("phase") != "Pending" or claim["metadata"].get("deletionTimestamp"):
        return
    if claim["spec"].get("volumeName") or annotations.get(PROVISIONER) != driver.name:
        return
    chosen = classes.get(claim["spec"].get("storageClassName") or "")
    if chosen is None:
        return
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim}
    zone, component = _zone(scene, annotations, chosen), f"{driver.name}_provisioner"
    if zone is None:
        return
    try:
        disk = driver.make(scene.cloud.read(), claim, chosen, zone)
    except ProvisioningError as error:
        message = f'failed to provision volume with StorageClass "{chosen["metadata"]["name"]}": {error}'
        scene.say(claim, "ProvisioningFailed", message, component, "Warning")
        return
    if disk is None:
        return
    # The disk first: a volume without a disk could never be mounted, a disk without a volume is what a sweep finds.
    with scene.cloud.transaction() as held:
        if held.get(driver.disk, disk.id) is None:
            held.add(driver.disk, disk.id, {}, disk.facts, owner="controller")
    if scene.world.api.create("/api/v1/persistentvolumes", volume(claim, chosen, disk, driver)):
        message = f"Successfully provisioned volume {name(claim)}"
        scene.say(claim, "ProvisioningSucceeded", message, component)


def _zone(scene: Scene, annotations: Mapping[str, str], chosen: Object) -> str | None:
    """Where the disk must be: with the node that the scheduler chose; without a choice, where the machines are."""
    nodes = {n["metadata"]["name"]: n["metadata"]["labels"].get(ZONE_LABEL) for n in scene.world.all("nodes")}
    if chosen.get("volumeBindingMode") == "WaitForFirstConsumer":
        return nodes.get(annotations.get(SELECTED_NODE, ""))
    return min((zone for zone in nodes.values() if zone), default=None)


def _reclaim(scene: Scene, driver: Driver, body: Object) -> None:
    metadata = body["metadata"]
    if (metadata.get("annotations") or {}).get(PROVISIONED_BY) != driver.name:
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
        cloud.remove(driver.disk, body["spec"]["csi"]["volumeHandle"])
    if not going:
        scene.world.api.delete(path)  # the next round, which sees it going, lets it go
    elif FINALIZER in finalizers:
        scene.set_finalizers(path, body, [f for f in finalizers if f != FINALIZER])


def name(claim: Object) -> str:
    """Of a claim's volume."""
    return f"pvc-{claim['metadata']['uid']}"


def gigabytes(claim: Object) -> int:
    """Size of the disk for a claim in GiB: whole ones, at least one."""
    return max(1, ceil(quantity(claim["spec"]["resources"]["requests"]["storage"]) / GIB))


def volume(claim: Object, chosen: Object, disk: Disk, driver: Driver) -> Object:
    """The PersistentVolume of a disk, reserved for its claim; the controller manager binds the two."""
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name(claim),
            "annotations": {PROVISIONED_BY: driver.name},
            "finalizers": [FINALIZER],
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": f"{disk.size}Gi"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                "resourceVersion": metadata.get("resourceVersion"),
            },
            "csi": {
                "driver": driver.name,
                "volumeHandle": disk.id,
                "fsType": (chosen.get("parameters") or {}).get("csi.storage.k8s.io/fstype") or "ext4",
            },
            "persistentVolumeReclaimPolicy": chosen.get("reclaimPolicy") or "Delete",
            "storageClassName": chosen["metadata"]["name"],
            "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            "mountOptions": chosen.get("mountOptions") or [],
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": driver.topology, "operator": "In", "values": [disk.zone]}]}
                    ]
                }
            },
        },
    }
