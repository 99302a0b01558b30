"""Pools of machines as Kubernetes nodes, whatever the cloud: values and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Network

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.quantities import Resources
from binder_deploy.rehearsal.controllers.scene import Scene
from binder_deploy.settings.machines import Machine

ZONE_LABEL = "topology.kubernetes.io/zone"
INDEX = "binder-deploy/index"
"""Annotation: which node of its pool it is."""
OF_POOL = "binder-deploy/pool"
"""Annotation: its pool's prefix."""


@dataclass(frozen=True)
class Pool:
    """A pool of equal nodes: a node pool of GKE, a node group of EKS."""

    name: str
    prefix: str
    """Its own alone; another one when the pool was deleted and made again."""
    zones: tuple[str, ...]
    """Its nodes are spread over them, one by one."""
    ranges: tuple[str, ...]
    """Addresses of its nodes, zone by zone."""
    machine: Machine
    floor: int
    """Nodes that are always there, all zones together."""
    ceiling: int
    labels: Mapping[str, str]
    """All labels of its nodes but those of a single node."""
    taints: tuple[Mapping[str, str], ...]
    max_pods: int
    home: str = ""
    """Google's project, or the id of the node group."""

    @property
    def allocatable(self) -> Resources:
        """What one of its nodes offers to pods."""
        left = self.machine.allocatable
        return Resources(left.millicpu, left.memory, self.max_pods)

    def address(self, index: int) -> str:
        """Some address for a node, the same on every run."""
        network = IPv4Network(self.ranges[index % len(self.ranges)])
        seed = int.from_bytes(sha256(f"{self.prefix}{index}".encode()).digest()[:4], "big")
        # Clouds keep the first few of a range for themselves.
        return str(network[16 + seed % (network.num_addresses - 32)])


def nothing_noted(scene: Scene, pool: Pool, body: Object) -> None:
    return None


@dataclass(frozen=True)
class Fleet:
    """What a cloud's machines have in common."""

    record: str
    """Type of a pool's record in the cloud."""
    pool_of: Callable[[Record, Cloud], Pool]
    """Raises `UnknownMachineError` for a machine type that we know nothing of."""
    name: Callable[[Pool, int], str]
    """Of the nth node of a pool."""
    provider_id: Callable[[Pool, str, str], str]
    """By pool, zone and name."""
    os_image: str
    zone_labels: tuple[str, ...]
    """Labels that have the zone."""
    scaled: Callable[[Scene, list[Pool], Mapping[str, list[Object]]], Sequence[Pool]]
    """The pools that somebody makes larger for pods without a place, as that somebody believes them to be; `members`
    are their nodes."""
    note: Callable[[Scene, Pool, Object], None] = nothing_noted
    """What the cloud has of a new node."""


def node(pool: Pool, index: int, version: str, fleet: Fleet) -> Object:
    """The `index`th node of a pool, as it registers. `version`: of its kubelet, `v1.36.3`."""
    zone, name = pool.zones[index % len(pool.zones)], fleet.name(pool, index)
    labels = {**pool.labels, "kubernetes.io/hostname": name, **dict.fromkeys(fleet.zone_labels, zone)}
    left = pool.allocatable
    capacity = {
        "cpu": str(pool.machine.vcpus),
        "memory": f"{pool.machine.memory // 1024}Ki",
        "pods": str(pool.max_pods),
    }
    allocatable = {"cpu": f"{left.millicpu}m", "memory": f"{left.memory // 1024}Ki", "pods": str(left.pods)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {"kwok.x-k8s.io/node": "fake", INDEX: str(index), OF_POOL: pool.prefix},
        },
        "spec": {
            "providerID": fleet.provider_id(pool, zone, name),
            "taints": [dict(taint) for taint in pool.taints],
        },
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": pool.address(index)},
                {"type": "Hostname", "address": name},
            ],
            "capacity": capacity,
            "allocatable": allocatable,
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "osImage": fleet.os_image,
                "kernelVersion": "6.12.0",
                "kubeletVersion": version,
                "kubeProxyVersion": version,
                # No docker: a chart that mounts docker.sock finds none (jupyterhub/binderhub#1513).
                "containerRuntimeVersion": "containerd://2.1.4",
                "machineID": "", "systemUUID": "", "bootID": "",
            },
        },
    }  # fmt: skip
