"""Pods find a node, and find there what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from binder_deploy.charts.values.placement import POOL_LABEL, PURPOSE_LABEL
from binder_deploy.charts.values.quantities import number
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts.deployment import Capacity, Object
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import (
    condition,
    containers,
    labels,
    listing,
    name,
    namespace,
    ours,
    path,
    spec,
    status,
    template,
)
from binder_deploy.checks.units import cores, gib
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import pools_of
from binder_deploy.settings.pools import ThreePools

_POOL_LABELS = (POOL_LABEL, PURPOSE_LABEL)
_COMES_AND_GOES = {"singleuser-server", "user-placeholder", "binderhub-build", "canary"}
"""`component` of pods that people start: waiting for a node is their daily life."""


def no_pod_is_too_big(facts: Facts) -> Verdict:
    """No pod of ours waits for a node that its pool will never have."""
    if isinstance(facts[f.SETTINGS].platform, Existing):
        return _some_node_holds_it(facts)
    pools = pools_of(facts[f.SETTINGS])
    for pod in sorted(_unscheduled(facts), key=path):
        hopeless = _hopeless(pod, pools, facts)
        if hopeless:
            return hopeless
    return Passed()


def _some_node_holds_it(facts: Facts) -> Verdict:
    """The same for nodes that are there already: those that a pod may go to are large enough, if there are any."""
    for pod in sorted(_unscheduled(facts), key=path):
        if labels(pod).get("component") in _COMES_AND_GOES:  # an autoscaler of theirs may bring a node
            continue
        selector = spec(pod).get("nodeSelector") or {}
        able = [status(n).get("allocatable") or {} for n in facts[f.NODES] if selector.items() <= labels(n).items()]
        wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
        said = condition(pod, "PodScheduled").get("message", "")
        if not able:
            return Failed(
                f"pod {path(pod)} wants a node with {wanted or 'any label'}, and there is none",
                f"kubectl label node NAME {wanted}, or correct platform.nodes",
                said,
            )
        cpu, memory = _asks(pod)
        if not any(number(n.get("cpu", 0)) >= cpu and number(n.get("memory", 0)) >= memory for n in able):
            return Failed(
                f"pod {path(pod)} asks for {cores(cpu)} and {gib(memory)}, more than any of the {len(able)} nodes "
                f"that it may go to has",
                "name larger nodes in platform.nodes, or lower what the pod asks for (hub.server, binder.builds)",
                said,
            )
    return Passed()


def every_pod_has_a_node(facts: Facts) -> Verdict:
    """Every pod of the service is placed on a node."""
    waiting = [pod for pod in _unscheduled(facts) if labels(pod).get("component") not in _COMES_AND_GOES]
    if waiting:
        first = min(waiting, key=path)
        return Failed(
            f"without a node: {listing(map(path, waiting))}",
            f"kubectl -n {namespace(first)} describe pod {name(first)} shows why; raise platform.pools.core.max if its "
            "nodes are full",
            condition(first, "PodScheduled").get("message", ""),
        )
    return Passed(f"{sum(1 for _ in ours(facts, f.PODS))} pods")


def references_exist(facts: Facts) -> Verdict:
    """Every Secret, ConfigMap, ServiceAccount and claim that a pod template names exists."""
    there = facts[f.REFERENTS]
    kinds = {
        "Secret": there.secrets,
        "ConfigMap": there.config_maps,
        "ServiceAccount": there.service_accounts,
        "PersistentVolumeClaim": there.claims,
    }
    missing = [
        f"{kind} {namespace(workload)}/{wanted} (for {workload.get('kind')} {name(workload)})"
        for workload in ours(facts, f.WORKLOADS)
        for kind, wanted in _references(spec(template(workload)))
        if (namespace(workload), wanted) not in kinds[kind]
    ]
    if missing:
        return Failed(
            f"does not exist: {listing(missing)}; the pods stay in ContainerCreating",
            "look in charts.*.values for a name that nothing creates; then run `binder-deploy up` again",
        )
    return Passed()


def rolled_out(facts: Facts) -> Verdict:
    """Every workload of ours runs its newest version in full."""
    behind = [f"{w.get('kind')} {path(w)}" for w in ours(facts, f.ROLLOUTS) if not _complete(w)]
    if behind:
        return Failed(
            f"not rolled out: {listing(behind)}",
            "kubectl describe and kubectl logs of its pods show why; BD-POD-001 to BD-POD-003 name the usual causes",
        )
    return Passed()


def _unscheduled(facts: Facts) -> list[Object]:
    """Our pods that the scheduler has looked at and found no node for."""
    return [
        pod
        for pod in ours(facts, f.PODS)
        if status(pod).get("phase", "Pending") == "Pending" and condition(pod, "PodScheduled").get("status") == "False"
    ]


def _hopeless(pod: Object, pools: ThreePools, facts: Facts) -> Failed | None:
    """Why no node will ever come for this pod, or `None`: the autoscaler may still bring one."""
    said = condition(pod, "PodScheduled").get("message", "")
    role = _role(pod)
    capacities = facts[f.CAPACITIES]
    cpu, memory = _asks(pod)
    asks = f"pod {path(pod)} asks for {cores(cpu)} and {gib(memory)}"
    if role not in capacities:
        return Failed(
            f"pod {path(pod)} wants a node of the pool {role}; there are only {listing(capacities)}",
            "look in charts.*.values for a node selector that no pool has",
            said,
        )
    pool = getattr(pools, role)
    room: Capacity = capacities[role]
    if cpu > room.cpu or memory > room.memory:
        return Failed(
            f"{asks}, but an empty {pool.machine} of the {role} pool has {cores(room.cpu)} and {gib(room.memory)}",
            f"raise platform.pools.{role}.machine, or lower what the pod asks for",
            said,
        )
    present = sum(1 for node in facts[f.NODES] if labels(node).get(POOL_LABEL) == role)
    # Users and builds leave again; what the core pool holds stays, so a full one stays full.
    if role == "core" and present >= pool.max and "Insufficient" in said:
        return Failed(
            f"{asks}, but the core pool has all of its {pool.max} nodes ({pool.machine}) and none has room",
            "raise platform.pools.core.max or platform.pools.core.machine",
            said,
        )
    return None


def _role(pod: Object) -> str:
    """The pool that a pod insists on, by selector or required affinity; else the core pool, the untainted one."""
    inner = spec(pod)
    selector = inner.get("nodeSelector") or {}
    wanted = next((selector[label] for label in _POOL_LABELS if label in selector), None)
    affinity = (inner.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for expression in term.get("matchExpressions") or ():
            if expression.get("key") in _POOL_LABELS and expression.get("operator") == "In":
                wanted = wanted or expression["values"][0]
    return str(wanted or "core")


def _asks(pod: Object) -> tuple[float, float]:
    """Cores and bytes: the sum of the containers, or the largest initial one, as the scheduler counts."""
    inner = spec(pod)
    main = [_requests(c) for c in inner.get("containers") or ()]
    first = [_requests(c) for c in inner.get("initContainers") or ()]
    return (
        max(sum(c for c, _ in main), max((c for c, _ in first), default=0.0)),
        max(sum(m for _, m in main), max((m for _, m in first), default=0.0)),
    )


def _requests(container: Mapping[str, Any]) -> tuple[float, float]:
    resources = container.get("resources") or {}
    requests = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return number(requests.get("cpu", 0)), number(requests.get("memory", 0))


def _references(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything that must exist before the pod's containers start."""
    account = pod.get("serviceAccountName")
    if account and account != "default":  # every namespace gets `default` by itself
        yield "ServiceAccount", account
    for secret in pod.get("imagePullSecrets") or ():
        yield "Secret", secret["name"]
    for volume in pod.get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            yield from _source(source.get("secret"), source.get("configMap"))
    for container in containers(pod):
        for origin in container.get("envFrom") or ():
            yield from _source(origin.get("secretRef"), origin.get("configMapRef"))
        for variable in container.get("env") or ():
            origin = variable.get("valueFrom") or {}
            yield from _source(origin.get("secretKeyRef"), origin.get("configMapKeyRef"))


def _source(secret: Mapping[str, Any] | None, config_map: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    for kind, ref in (("Secret", secret), ("ConfigMap", config_map)):
        if ref and not ref.get("optional"):
            yield kind, ref.get("secretName") or ref["name"]


def _complete(workload: Object) -> bool:
    state = status(workload)

    def count(field: str) -> int:
        return int(state.get(field) or 0)

    if count("observedGeneration") < int((workload.get("metadata") or {}).get("generation", 0)):
        return False
    if workload.get("kind") == "DaemonSet":
        return min(count("updatedNumberScheduled"), count("numberReady")) >= count("desiredNumberScheduled")
    if workload.get("kind") in {"Deployment", "StatefulSet"}:
        return min(count("updatedReplicas"), count("readyReplicas")) >= int(spec(workload).get("replicas", 1))
    return True
