"""The cluster autoscaler: which pool gets a node for pods that have no place. The decision is a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.fit import Shape, daemons, obstacle
from binder_deploy.rehearsal.controllers.pools import ZONE_LABEL, Pool
from binder_deploy.rehearsal.controllers.quantities import Resources, of, requested

BESIDE = ("anti-affinity", "free ports", "topology spread")
"""Words of the scheduler for a pod that fits a node's free resources and still may not join who is there."""


@dataclass
class Plan:
    """What to do for the pods that have no place."""

    grow: dict[str, int] = field(default_factory=dict)
    """Pool → further nodes."""
    triggered: list[tuple[Object, str]] = field(default_factory=list)
    """Pod, the pool that grows for it."""
    refused: list[tuple[Object, str]] = field(default_factory=list)
    """Pod, why no pool can help."""


def waiting(pods: Iterable[Object]) -> list[Object]:
    """Pods that the scheduler found no place for and that a further node might help, oldest first.

    Not those that wait for a claim: no node helps there. Not those that are about to push others out.
    """
    found = [
        pod
        for pod in pods
        if not pod["spec"].get("nodeName")
        and not pod["metadata"].get("deletionTimestamp")
        and not (pod.get("status") or {}).get("nominatedNodeName")
        and "persistentvolumeclaim" not in (_verdict(pod) or "persistentvolumeclaim").lower()
    ]
    return sorted(found, key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["uid"]))


def plan(
    pods: Sequence[Object],
    nodes: Mapping[str, Sequence[Object]],
    pools: Sequence[Pool],
    everything: Sequence[Object],
    daemonsets: Sequence[Object],
    zones: Mapping[str, Sequence[frozenset[str]]],
) -> Plan:
    """Which pools grow.

    `pods`: those that wait; `nodes`: pool → its nodes; `everything`: all pods (for what nodes have left); `zones`: uid
    of a pod → where each of its volumes is. A pod that fits a node which is there is left to the scheduler; otherwise
    the smallest machine on which it fits wins (least waste), then the pool's name.
    """
    result = Plan()
    there = [shape for members in nodes.values() for shape in _shapes(members, everything, daemonsets)]
    coming: list[Shape] = []
    for pod in pods:
        where = zones.get(pod["metadata"]["uid"], ())
        alone = any(word in (_verdict(pod) or "") for word in BESIDE)
        if _placed(pod, coming, where) or (not alone and _placed(pod, there, where)):
            continue
        reasons: list[str] = []
        for pool in sorted(pools, key=lambda p: (p.machine.vcpus, p.machine.memory, p.name)):
            size = len(nodes.get(pool.name, ())) + result.grow.get(pool.name, 0)
            shape = empty(pool, size, daemonsets)
            reason = obstacle(pod["spec"], shape, where)
            if reason is None and size >= pool.ceiling:
                reason = f"max node group size reached ({pool.ceiling})"
            if reason is None:
                result.grow[pool.name] = result.grow.get(pool.name, 0) + 1
                result.triggered.append((pod, f"{pool.name} {size}->{size + 1} (max: {pool.ceiling})"))
                coming.append(replace(shape, free=shape.free - requested(pod["spec"])))
                break
            reasons.append(f"pool {pool.name} {reason}")
        else:
            result.refused.append((pod, ", ".join(reasons) or "the cluster has no node pool"))
    return result


def empty(pool: Pool, index: int, daemonsets: Iterable[Object]) -> Shape:
    """The next node of a pool, before any pod but the DaemonSets' is on it."""
    labels = {**pool.labels, ZONE_LABEL: pool.zones[index % len(pool.zones)]}
    whole = Shape(labels, pool.taints, pool.allocatable)
    return replace(whole, free=whole.free - daemons(daemonsets, whole))


def _shapes(members: Sequence[Object], everything: Sequence[Object], daemonsets: Sequence[Object]) -> list[Shape]:
    shapes = []
    for node in members:
        name = node["metadata"]["name"]
        status, spec = node.get("status") or {}, node.get("spec") or {}
        # A node that has just come carries not-ready for a moment; it is not a reason for another one.
        taints = [t for t in spec.get("taints") or () if not t["key"].startswith("node.kubernetes.io/")]
        whole = Shape(node["metadata"].get("labels") or {}, taints, of(status.get("allocatable") or {}), name)
        on_it = [p for p in everything if p["spec"].get("nodeName") == name and not _over(p)]
        used = sum((requested(p["spec"]) for p in on_it), Resources())
        served = {owner["uid"] for p in on_it for owner in p["metadata"].get("ownerReferences") or ()}
        to_come = daemons((d for d in daemonsets if d["metadata"]["uid"] not in served), whole)
        shapes.append(replace(whole, free=whole.free - used - to_come))
    return shapes


def _placed(pod: Object, shapes: list[Shape], zones: Sequence[frozenset[str]]) -> bool:
    for i, shape in enumerate(shapes):
        if obstacle(pod["spec"], shape, zones) is None:
            shapes[i] = replace(shape, free=shape.free - requested(pod["spec"]))
            return True
    return False


def _over(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _verdict(pod: Object) -> str | None:
    """Why the scheduler found no place, in its words; None if it has not said so."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return str(condition.get("message") or " ")
    return None
