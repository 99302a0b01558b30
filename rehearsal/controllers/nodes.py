"""Machines follow the pools of the cloud: made at once, as many as a pool must have and as pods need."""

from __future__ import annotations

from binder_deploy.rehearsal.controllers import autoscaler
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.pools import INDEX, OF_POOL, ZONE_LABEL, Fleet, Pool, node
from binder_deploy.rehearsal.controllers.scene import Scene

NODES = "/api/v1/nodes"
AUTOSCALER = "cluster-autoscaler"


def reconcile(scene: Scene, fleet: Fleet) -> bool:
    """One round. Whether all of it went well."""
    pools: list[Pool] = []
    cloud = scene.cloud.read()

    def read(record: Object) -> None:
        pools.append(fleet.pool_of(record["record"], cloud))

    records = cloud.of_type(fleet.record)
    # A pool that we cannot read must not stand for a pool that is gone.
    well = scene.each("nodes", [{"kind": "pool", "metadata": {"name": r.name}, "record": r} for r in records], read)
    members = {pool.name: _members(pool, scene.world.all("nodes")) for pool in pools}
    if well:
        ours = {node["metadata"]["name"] for nodes in members.values() for node in nodes}
        played = [n for n in scene.world.all("nodes") if _annotations(n).get(OF_POOL)]
        orphans = [n for n in played if n["metadata"]["name"] not in ours]
        well = scene.each("nodes", orphans, lambda body: _remove(scene, body))
    grow = _grow(scene, fleet, pools, members)
    for pool in pools:
        taken = {int(_annotations(n)[INDEX]) for n in members[pool.name]}
        wanted = max(pool.floor, len(taken) + grow.get(pool.name, 0))
        free = (i for i in range(wanted + len(taken)) if i not in taken)
        new = [node(pool, next(free), scene.world.version, fleet) for _ in range(wanted - len(taken))]
        well &= scene.each("nodes", new, lambda body, pool=pool: _create(scene, fleet, pool, body))  # type: ignore[misc]
        well &= scene.each("nodes", members[pool.name], lambda body, pool=pool: _update(scene, fleet, pool, body))  # type: ignore[misc]
    return well


def _members(pool: Pool, nodes: list[Object]) -> list[Object]:
    return [n for n in nodes if _annotations(n).get(OF_POOL) == pool.prefix]


def _grow(scene: Scene, fleet: Fleet, pools: list[Pool], members: dict[str, list[Object]]) -> dict[str, int]:
    pods = scene.world.all("pods")
    waiting = autoscaler.waiting(pods)
    # The nodes that a pool must have come first; the scheduler then says anew what has no place.
    if not waiting or any(len(members[pool.name]) < pool.floor for pool in pools):
        return {}
    scaled = fleet.scaled(scene, pools, members)
    if not scaled:
        return {}
    zones = {pod["metadata"]["uid"]: _volume_zones(scene, pod) for pod in waiting}
    decided = autoscaler.plan(waiting, members, scaled, pods, scene.world.all("daemonsets"), zones)
    for pod, how in decided.triggered:
        scene.say(_pod(pod), "TriggeredScaleUp", f"pod triggered scale-up: [{how}]", AUTOSCALER)
    for pod, why in decided.refused:
        scene.say(_pod(pod), "NotTriggerScaleUp", f"pod didn't trigger scale-up: {why}", AUTOSCALER)
    return decided.grow


def _volume_zones(scene: Scene, pod: Object) -> list[frozenset[str]]:
    """Where each bound volume of a pod is."""
    names = {
        (pod["metadata"]["namespace"], v["persistentVolumeClaim"]["claimName"])
        for v in pod["spec"].get("volumes") or ()
        if v.get("persistentVolumeClaim")
    }
    bound = {
        claim["spec"].get("volumeName")
        for claim in scene.world.all("claims")
        if (claim["metadata"]["namespace"], claim["metadata"]["name"]) in names
    }
    found = []
    for volume in scene.world.all("volumes"):
        if volume["metadata"]["name"] in bound:
            required = (volume["spec"].get("nodeAffinity") or {}).get("required") or {}
            terms = required.get("nodeSelectorTerms") or ()
            where = {
                zone
                for term in terms
                for e in term.get("matchExpressions") or ()
                if e["key"] in (ZONE_LABEL, "topology.gke.io/zone", "topology.ebs.csi.aws.com/zone")
                for zone in e.get("values") or ()
            }
            if where:
                found.append(frozenset(where))
    return found


def _create(scene: Scene, fleet: Fleet, pool: Pool, body: Object) -> None:
    fleet.note(scene, pool, body)
    # Status is part of a create only for nodes; kwok adds addresses and conditions.
    scene.world.api.create(NODES, body)


def _update(scene: Scene, fleet: Fleet, pool: Pool, body: Object) -> None:
    """Labels and taints of a pool change in place."""
    wanted = node(pool, int(_annotations(body)[INDEX]), "", fleet)
    labels = {k: v for k, v in wanted["metadata"]["labels"].items() if _labels(body).get(k) != v}
    system = [t for t in body["spec"].get("taints") or () if t["key"].startswith("node.kubernetes.io/")]
    present = [t for t in body["spec"].get("taints") or () if t not in system]
    patch: Object = {}
    if labels:
        patch["metadata"] = {"labels": labels}
    if [_plain(t) for t in present] != wanted["spec"]["taints"]:
        patch["spec"] = {"taints": [*system, *wanted["spec"]["taints"]]}
    if patch:
        scene.world.api.patch(f"{NODES}/{body['metadata']['name']}", patch)


def _remove(scene: Scene, body: Object) -> None:
    """The machine goes, and its pods with it."""
    name = body["metadata"]["name"]
    scene.world.api.delete(f"{NODES}/{name}")
    for pod in scene.world.all("pods"):
        if pod["spec"].get("nodeName") == name:
            metadata = pod["metadata"]
            path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
            scene.world.api.delete(path, {"gracePeriodSeconds": 0})


def _plain(taint: Object) -> Object:
    return {"key": taint["key"], "value": taint.get("value") or "", "effect": taint["effect"]}


def _labels(body: Object) -> dict[str, str]:
    return body["metadata"].get("labels") or {}


def _annotations(body: Object) -> dict[str, str]:
    return body["metadata"].get("annotations") or {}


def _pod(body: Object) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", **body}
