"""Node pools of a GKE cluster as nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.controllers import nodes as machines
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.pools import Fleet, Pool
from binder_deploy.rehearsal.controllers.scene import Scene, properties
from binder_deploy.settings.machines import Machine
from binder_deploy.settings.machines.gce import machine

NODE_POOL = "container/nodePool"
"""Type of its record."""
POOL_LABEL = "cloud.google.com/gke-nodepool"
ADDRESSES = "10.128.0.0/16"
"""Of nodes; pods have theirs elsewhere (`kwok.PODS`)."""
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "PREFER_NO_SCHEDULE": "PreferNoSchedule", "NO_EXECUTE": "NoExecute"}
"""GKE's names for a taint's effect → Kubernetes'."""


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    return machines.reconcile(scene, FLEET)


def pool_of(record: Record, cloud: Cloud) -> Pool:
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
        zones=zones,
        ranges=(ADDRESSES,) * len(zones),
        machine=kind,
        floor=floor,
        ceiling=ceiling,
        labels=_labels(name, kind, config, zones),
        taints=tuple(
            {"key": t["key"], "value": t.get("value") or "", "effect": EFFECTS[t["effect"]]}
            for t in config.get("taints") or ()
        ),
        max_pods=int(facts.get("maxPodsPerNode") or 110),
        home=str(facts["project"]),
    )


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


def _zones(location: str) -> tuple[str, ...]:
    """The zone itself, or three zones of a region: what GKE takes when a pool names none."""
    if re.fullmatch(r".*\d-[a-z]", location):
        return (location,)
    return tuple(f"{location}-{letter}" for letter in "abc")


def _name(pool: Pool, index: int) -> str:
    return pool.prefix + sha256(f"{pool.prefix}{index}".encode()).hexdigest()[:4]


def _all(scene: Scene, pools: list[Pool], members: Mapping[str, list[Object]]) -> list[Pool]:
    """GKE scales its pools itself, and knows what their nodes are like."""
    return pools


FLEET = Fleet(
    record=NODE_POOL,
    pool_of=pool_of,
    name=_name,
    provider_id=lambda pool, zone, name: f"gce://{pool.home}/{zone}/{name}",
    os_image="Container-Optimized OS from Google",
    zone_labels=("topology.kubernetes.io/zone", "topology.gke.io/zone"),
    scaled=_all,
)
