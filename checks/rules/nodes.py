"""Nodes: as large as planned, well, all of one kind, and free to go when nobody needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.charts.values.quantities import number
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.facts.deployment import Object
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import (
    annotated,
    condition,
    labels,
    listing,
    name,
    namespace,
    our_namespaces,
    path,
    spec,
    status,
)
from binder_deploy.checks.units import cores, gib

ARCHITECTURE = "kubernetes.io/arch"
SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
COMES_AND_GOES = {"singleuser-server", "user-placeholder", "binderhub-build"}
"""`component` of pods that end by themselves, or make room."""
_ELASTIC = ("user", "build")
_PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")
_TOLERANCE = 0.98
"""Clouds reserve a little more or less from one version to the next."""


def idle_nodes_can_go(facts: Facts) -> Verdict:
    """Nothing lives on user and build nodes for good: the autoscaler can remove them when people are gone."""
    elastic = {name(n): labels(n)[POOL_LABEL] for n in facts[f.NODES] if labels(n).get(POOL_LABEL) in _ELASTIC}
    if not elastic:
        return Skipped("not applicable", "there is no user or build node at this moment")
    stuck = [
        f"{path(pod)} on a {elastic[spec(pod)['nodeName']]} node ({why})"
        for pod in facts[f.PODS]
        if spec(pod).get("nodeName") in elastic and (why := _stays(pod, our_namespaces(facts)))
    ]
    if stuck:
        return Failed(
            f"{listing(stuck)}: the autoscaler cannot remove these nodes, and they are billed day and night",
            f"give these pods the node selector {POOL_LABEL}: core, or remove their toleration of the taint "
            "hub.jupyter.org_dedicated",
        )
    return Passed(f"{len(elastic)} nodes")


def autoscaler_is_well(facts: Facts) -> Verdict:
    """The cluster's autoscaler brings nodes when they are needed."""
    groups = facts[living.AUTOSCALER]
    refused = [f"{g.name}: {g.backing_off}" for g in groups if g.backing_off]
    if refused:
        return Failed(
            f"the autoscaler has given up for the time being: {listing(refused)}; pods wait for nodes that do not come",
            "`gcloud compute regions describe REGION`, or the cloud's own page, shows the quota; lower "
            "platform.pools.*.max, choose another platform.pools.*.machine, or ask for more quota",
        )
    sick = [g.name for g in groups if not g.healthy]
    if sick:
        return Failed(
            f"node groups are not healthy: {listing(sick)}; the autoscaler leaves them alone",
            "kubectl get nodes, then kubectl describe node NAME for those that are not Ready",
        )
    return Passed(f"{len(groups)} groups")


def nodes_have_room(facts: Facts) -> Verdict:
    """No node runs out of disk (space or inodes), memory or process ids."""
    pressed = [
        f"{name(node)}: {kind}"
        for node in facts[living.NODE_STATES]
        for kind in _PRESSURES
        if condition(node, kind).get("status") == "True"
    ]
    if pressed:
        return Failed(
            f"{listing(pressed)}; the kubelet throws pods and images away there, and running builds are lost",
            "raise platform.pools.build.disk_gb or platform.pools.user.disk_gb; a node that is replaced begins empty: "
            "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data",
            "\n".join(
                condition(node, kind).get("message", "")
                for node in facts[living.NODE_STATES]
                for kind in _PRESSURES
                if condition(node, kind).get("status") == "True"
            ),
        )
    return Passed(f"{len(facts[living.NODE_STATES])} nodes")


def nodes_are_as_planned(facts: Facts) -> Verdict:
    """A node has what its pool was planned with: the number of pods above all, which no size of machine raises."""
    short = []
    looked_at = 0
    for node in facts[f.NODES]:
        planned = facts[f.CAPACITIES].get(labels(node).get(POOL_LABEL, ""))
        given = status(node).get("allocatable") or {}
        if planned is None or not given:
            continue
        looked_at += 1
        pods, cpu, memory = (number(given.get(k, 0)) for k in ("pods", "cpu", "memory"))
        if pods < planned.pods:
            short.append(f"{name(node)} takes {pods:g} pods, not {planned.pods}")
        elif cpu < planned.cpu * _TOLERANCE or memory < planned.memory * _TOLERANCE:
            short.append(
                f"{name(node)} gives {cores(cpu)} and {gib(memory)}, not {cores(planned.cpu)} and {gib(planned.memory)}"
            )
    if short:
        return Warned(
            f"smaller than planned: {listing(short)}; fewer servers find room than binder.max_servers says",
            "lower binder.max_servers or raise platform.pools.user.max; the pods of a node are fixed when its pool is "
            "made",
        )
    if not looked_at:
        return Skipped("not applicable", "no node belongs to a pool of known size")
    return Passed(f"{looked_at} nodes")


def nothing_forbids_emptying(facts: Facts) -> Verdict:
    """No disruption budget of ours wants as many pods as there are: upgrades and removals of nodes would hang on it.

    What the API server's own controller counted. While a pod is down a budget is meant to hold; this is about those
    that hold for ever, whether all is well at this moment or not.
    """
    strict = [
        path(budget)
        for budget in facts[living.BUDGET_STATES]
        if namespace(budget) in our_namespaces(facts)
        and int(status(budget).get("expectedPods") or 0) > 0
        and int(status(budget).get("desiredHealthy") or 0) >= int(status(budget).get("expectedPods") or 0)
    ]
    if strict:
        return Failed(
            f"PodDisruptionBudget {listing(strict)} never lets a pod go: upgrades of nodes wait for an hour, and a "
            "removal hangs",
            "set pdb.maxUnavailable to 1 (or pdb.enabled to false) for it in charts.*.values, then run "
            "`binder-deploy up` again",
        )
    return Passed()


def nodes_have_one_architecture(facts: Facts) -> Verdict:
    """An image that a build node made runs on every user node."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in facts[f.NODES]:
        if labels(node).get(POOL_LABEL) in _ELASTIC:
            found[labels(node).get(ARCHITECTURE, "unknown")].append(name(node))
    if len(found) > 1:
        told = "; ".join(f"{arch}: {listing(names, 2)}" for arch, names in sorted(found.items()))
        return Failed(
            f"build and user nodes differ ({told}): what is built on one ends with `exec format error` on the other",
            "choose machine types of one architecture for platform.pools.user.machine and platform.pools.build.machine",
        )
    if not found:
        return Skipped("not applicable", "there is no user or build node at this moment")
    return Passed(next(iter(found)))


def _stays(pod: Object, here: Collection[str]) -> str:
    """Why a pod keeps its node for ever, or nothing."""
    if status(pod).get("phase") in {"Succeeded", "Failed"} or labels(pod).get("component") in COMES_AND_GOES:
        return ""
    if annotated(pod).get(SAFE_TO_EVICT) == "true" or "kubernetes.io/config.mirror" in annotated(pod):
        return ""
    # A Job's pods, and those with a deadline, end by themselves.
    if {"DaemonSet", "Job"} & set(_owners(pod)) or spec(pod).get("activeDeadlineSeconds"):
        return ""
    if annotated(pod).get(SAFE_TO_EVICT) == "false":
        return "annotated as not safe to evict"
    if namespace(pod) == "kube-system":
        return "a pod of the system"
    return "nothing ends it" if namespace(pod) in here else "foreign"


def _owners(pod: Object) -> Iterator[str]:
    return (str(owner.get("kind")) for owner in (pod.get("metadata") or {}).get("ownerReferences") or ())
