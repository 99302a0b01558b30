"""The EBS disk driver, which an EKS cluster has once its add-on is there."""

from __future__ import annotations

import re

from binder_deploy.rehearsal.clouds.aws import addons
from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.numbers import number
from binder_deploy.rehearsal.controllers import storage
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.eks.furniture import DISK_ACCOUNT, DRIVER
from binder_deploy.rehearsal.controllers.eks.place import Place, denied, place
from binder_deploy.rehearsal.controllers.scene import Scene
from binder_deploy.rehearsal.controllers.storage import Disk, Driver, ProvisioningError, gigabytes, name

VOLUME = "ebs/volume"
ADDON = "aws-ebs-csi-driver"
TYPES = ("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard")
PARAMETERS = re.compile(
    r"type|iops|iopsPerGB|allowAutoIOPSPerGBIncrease|throughput|encrypted|kmsKeyId|blockExpress|blockSize|inodeSize|"
    r"bytesPerInode|numberOfInodes|ext4BigAlloc|ext4ClusterSize|ext4EncryptionSupport|volumeInitializationRate|"
    r"tagSpecification_\d+|csi\.storage\.k8s\.io/.+|fsType"
)


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    return storage.reconcile(scene, EBS)


def disk(claim: Object, chosen: Object, zone: str, where: Place) -> Disk:
    """The volume for a claim. Raises `ProvisioningError`."""
    metadata, parameters = claim["metadata"], chosen.get("parameters") or {}
    for key in parameters:
        if not PARAMETERS.fullmatch(key):
            raise ProvisioningError(f"rpc error: code = InvalidArgument desc = Invalid parameter key {key}")
    kind = str(parameters.get("type") or "gp3")
    if kind not in TYPES:
        raise ProvisioningError(f"rpc error: code = InvalidArgument desc = invalid AWS VolumeType {kind!r}")
    tags = {
        **dict(_tag(str(v)) for k, v in parameters.items() if k.startswith("tagSpecification_")),
        "CSIVolumeName": name(claim),
        "Name": f"{where.cluster}-dynamic-{name(claim)}",
        "ebs.csi.aws.com/cluster": "true",
        f"kubernetes.io/cluster/{where.cluster}": "owned",
        "kubernetes.io/created-for/pv/name": name(claim),
        "kubernetes.io/created-for/pvc/name": metadata["name"],
        "kubernetes.io/created-for/pvc/namespace": metadata["namespace"],
    }
    id = f"vol-0{number(metadata['uid'], 16)}"
    facts = {
        "name": id, "region": where.region, "availabilityZone": zone, "type": kind, "size": gigabytes(claim),
        "encrypted": str(parameters.get("encrypted")) == "true", "tags": tags,
    }  # fmt: skip
    return Disk(id, zone, gigabytes(claim), facts)


def _tag(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ProvisioningError(
            f"rpc error: code = InvalidArgument desc = invalid tag specification {text!r}: must read key=value"
        )
    return key, value


def _make(cloud: Cloud, claim: Object, chosen: Object, zone: str) -> Disk | None:
    where = place(cloud)
    if where is None:
        return None
    why = denied(cloud, "kube-system", DISK_ACCOUNT, "ec2:CreateVolume", "ec2:CreateTags", "ec2:AttachVolume")
    if why:
        raise ProvisioningError(f"rpc error: code = Internal desc = Could not create volume in EC2: {why}")
    return disk(claim, chosen, zone, where)


def _runs(scene: Scene) -> bool:
    cloud = scene.cloud.read()
    where = place(cloud)
    return where is not None and addons.find(cloud, where.cluster, ADDON) is not None


EBS = Driver(DRIVER, VOLUME, "topology.kubernetes.io/zone", _make, _runs)
