"""Node pools of the cloud as Kubernetes nodes: pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Record
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.quantities import Resources
from binder_deploy.rehearsal.controllers.scene import properties
from binder_deploy.settings.machines import Machine, machine

POOL_LABEL = "cloud.google.com/gke-nodepool"
ZONE_LABEL = "topology.kubernetes.io/zone"
INDEX = "binder-deploy/index"
"""Annotation: which node of its pool it is."""

EFFECTS = {"NO_SCHEDULE": "NoSchedule", "PREFER_NO_SCHEDULE": "PreferNoSchedule", "NO_EXECUTE": "NoExecute"}
"""GKE's names for a taint's effect → Kubernetes'."""


@dataclass(frozen=True)
class Pool:
    """A node pool."""

    name: str
    prefix: str
    """What the names of its nodes begin with; another one when the pool was deleted and made again."""
    project: str
    zones: tuple[str, ...]
    machine: Machine
    floor: int
    """Nodes that are always there, all zones together."""
    ceiling: int
    labels: Mapping[str, str]
    """All labels of its nodes but those of a single node."""
    taints: tuple[Mapping[str, str], ...]
    max_pods: int

    @property
    def allocatable(self) -> Resources:
        """What one of its nodes offers to pods."""
        left = self.machine.allocatable
        return Resources(left.millicpu, left.memory, self.max_pods)


def pool_of(record: Record) -> Pool:
    """From the cloud's record. Raises `UnknownMachineError` for a machine type that we know nothing of."""
    facts = properties(record)
    config: Mapping[str, Any] = facts.get("nodeConfig") or {}
    location = str(facts["location"])
    zones = tuple(facts.get("nodeLocations") or ()) or _zones(location)
    scaling: Mapping[str, Any] = facts.get("autoscaling") or {}
    fixed = int(facts.get("nodeCount") or 0)
    start = int(facts.get("initialNodeCount") or 0)
    floor, ceiling = max(fixed, start) * len(zones), max(fixed, start) * len(zones)
    if scaling:
        # minNodeCount counts for each zone, totalMinNodeCount for all of them together.
        least = int(scaling.get("totalMinNodeCount") or 0) or int(scaling.get("minNodeCount") or 0) * len(zones)
        most = int(scaling.get("totalMaxNodeCount") or 0) or int(scaling.get("maxNodeCount") or 0) * len(zones)
        floor, ceiling = max(least, min(floor, most)), most
    name, cluster = str(facts["name"]), str(facts["cluster"]).rsplit("/", 1)[-1]
    kind = machine(str(config.get("machineType") or "e2-medium"))
    generation = sha256(f"{record.id} {record.created}".encode()).hexdigest()[:8]
    return Pool(
        name=name,
        prefix=f"gke-{cluster[:20]}-{name[:20]}-{generation}-",
        project=str(facts["project"]),
        zones=zones,
        machine=kind,
        floor=floor,
        ceiling=ceiling,
        labels=_labels(name, kind, config, zones),
        taints=tuple(
            {"key": t["key"], "value": t.get("value") or "", "effect": EFFECTS[t["effect"]]}
            for t in config.get("taints") or ()
        ),
        max_pods=int(facts.get("maxPodsPerNode") or 110),
    )


def node(pool: Pool, index: int, version: str) -> Object:
    """The `index`th node of a pool, as it registers. `version`: of its kubelet, `v1.36.3`."""
    zone = pool.zones[index % len(pool.zones)]
    name = pool.prefix + sha256(f"{pool.prefix}{index}".encode()).hexdigest()[:4]
    labels = {**pool.labels, "kubernetes.io/hostname": name, **_zone_labels(zone)}
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
            "annotations": {"kwok.x-k8s.io/node": "fake", INDEX: str(index)},
        },
        "spec": {
            "providerID": f"gce://{pool.project}/{zone}/{name}",
            "taints": [dict(taint) for taint in pool.taints],
        },
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": _address(name)},
                {"type": "Hostname", "address": name},
            ],
            "capacity": capacity,
            "allocatable": allocatable,
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "osImage": "Container-Optimized OS from Google",
                "kernelVersion": "6.12.0",
                "kubeletVersion": version,
                "kubeProxyVersion": version,
                # No docker: a chart that mounts docker.sock finds none (jupyterhub/binderhub#1513).
                "containerRuntimeVersion": "containerd://2.1.4",
                "machineID": "", "systemUUID": "", "bootID": "",
            },
        },
    }  # fmt: skip


def _labels(name: str, kind: Machine, config: Mapping[str, Any], zones: tuple[str, ...]) -> dict[str, str]:
    labels = {
        **(config.get("labels") or {}),
        POOL_LABEL: name,
        "cloud.google.com/gke-boot-disk": str(config.get("diskType") or "pd-balanced"),
        "cloud.google.com/gke-os-distribution": "cos",
        "cloud.google.com/machine-family": kind.name.partition("-")[0],
        "node.kubernetes.io/instance-type": kind.name,
        "beta.kubernetes.io/instance-type": kind.name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": zones[0].rpartition("-")[0],
    }
    if config.get("spot"):
        labels["cloud.google.com/gke-spot"] = "true"
    if (config.get("workloadMetadataConfig") or {}).get("mode") == "GKE_METADATA":
        labels["iam.gke.io/gke-metadata-server-enabled"] = "true"
    return labels


def _address(name: str) -> str:
    """Some address for a node, the same on every run; pods have theirs elsewhere (`kwok.PODS`)."""
    first, second = sha256(name.encode()).digest()[:2]
    return f"10.128.{first}.{min(max(second, 1), 254)}"


def _zone_labels(zone: str) -> dict[str, str]:
    return {ZONE_LABEL: zone, "topology.gke.io/zone": zone}


def _zones(location: str) -> tuple[str, ...]:
    """The zone itself, or three zones of a region: what GKE takes when a pool names none."""
    if re.fullmatch(r".*\d-[a-z]", location):
        return (location,)
    return tuple(f"{location}-{letter}" for letter in "abc")
