"""A pool grows when, and only when, a further node of it gives a place to a pod that has none."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.controllers import autoscaler
from binder_deploy.rehearsal.controllers.fit import Shape, obstacle, tolerated
from binder_deploy.rehearsal.controllers.gke.nodes import FLEET, pool_of
from binder_deploy.rehearsal.controllers.pools import Pool, node
from binder_deploy.rehearsal.controllers.quantities import Resources, quantity, requested

TAINT = {"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NO_SCHEDULE"}
TOLERATION = {"key": "hub.jupyter.org_dedicated", "operator": "Equal", "value": "user", "effect": "NoSchedule"}


def pool(name: str, most: int, machine: str = "e2-standard-4", taints: list[dict[str, str]] | None = None) -> Pool:
    outputs: dict[str, Any] = {
        "name": name, "cluster": "c", "project": "p", "location": "europe-west1-b", "initialNodeCount": 0,
        "autoscaling": {"minNodeCount": 0, "maxNodeCount": most},
        "nodeConfig": {"machineType": machine, "labels": {"purpose": name}, "taints": taints or []},
    }  # fmt: skip
    return pool_of(Record("container/nodePool", f"x/{name}", {}, outputs, "engine", 1), Cloud())


def pod(
    name: str, cpu: str = "1", message: str = "0/1 nodes are available: 1 Insufficient cpu.", **spec: Any
) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "n", "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}], **spec},
        "status": {
            "phase": "Pending",
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}],
        },
    }


def daemonset(cpu: str) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "d", "resources": {"requests": {"cpu": cpu}}}]}}
    return {"metadata": {"uid": "d"}, "spec": {"template": template}}


def decide(pods: list[dict[str, Any]], pools: list[Pool], **more: Any) -> autoscaler.Plan:
    given = {"nodes": {}, "everything": pods, "daemonsets": [], "zones": {}, **more}
    return autoscaler.plan(autoscaler.waiting(pods), pools=pools, **given)


def test_a_pool_of_none_makes_a_node_for_the_pod_that_needs_it() -> None:
    wanting = pod("a", nodeSelector={"purpose": "user"}, tolerations=[TOLERATION])
    assert decide([wanting], [pool("core", 3), pool("user", 3, taints=[TAINT])]).grow == {"user": 1}


def test_pods_share_the_node_that_is_on_its_way() -> None:
    pods = [pod(name, cpu="1800m") for name in "abcd"]
    assert decide(pods, [pool("core", 9)]).grow == {"core": 2}


def test_daemonsets_take_their_share_of_a_new_node() -> None:
    assert decide([pod("a", cpu="3500m")], [pool("core", 9)]).grow == {"core": 1}
    assert decide([pod("a", cpu="3500m")], [pool("core", 9)], daemonsets=[daemonset("500m")]).grow == {}


def test_the_smallest_machine_that_holds_the_pod_is_taken() -> None:
    pools = [pool("a-large", 3, "e2-standard-16"), pool("small", 3, "e2-standard-4")]
    assert decide([pod("a")], pools).grow == {"small": 1}
    assert decide([pod("a", cpu="6")], pools).grow == {"a-large": 1}


def test_a_refusal_names_every_pool_and_its_reason() -> None:
    core = pool("core", 1)
    plan = decide(
        [pod("a", cpu="2")],
        [core, pool("user", 3, taints=[TAINT]), pool("tiny", 3, "e2-small")],
        nodes={"core": [node(core, 0, "v1", FLEET)]},
        everything=[pod("a", cpu="2"), pod("b", cpu="3", nodeName=node(core, 0, "v1", FLEET)["metadata"]["name"])],
    )
    assert plan.grow == {}
    ((_, why),) = plan.refused
    assert "pool core max node group size reached (1)" in why
    assert "pool user had untolerated taint" in why
    assert "pool tiny had insufficient cpu" in why


def test_a_pod_that_fits_a_node_which_is_there_is_left_to_the_scheduler() -> None:
    core = pool("core", 3)
    there = {"core": [node(core, 0, "v1", FLEET)]}
    assert decide([pod("a")], [core], nodes=there).grow == {}
    beside = pod("a", message="0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.")
    assert decide([beside], [core], nodes=there).grow == {"core": 1}


@pytest.mark.parametrize(
    "message",
    ['persistentvolumeclaim "x" not found', "pod has unbound immediate PersistentVolumeClaims"],
)
def test_no_node_is_made_for_a_pod_that_waits_for_its_volume(message: str) -> None:
    assert autoscaler.waiting([pod("a", message=message)]) == []


def test_a_volume_in_another_zone_keeps_a_pool_from_growing() -> None:
    elsewhere = {"a": [frozenset({"europe-west1-c"})]}
    ((_, why),) = decide([pod("a")], [pool("core", 3)], zones=elsewhere).refused
    assert "volume node affinity conflict" in why


def test_affinity_decides_as_the_scheduler_does() -> None:
    shape = Shape({"purpose": "user", "size": "4"}, [], Resources(1000, 1000, 10))

    def reason(**expression: Any) -> str | None:
        term = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "purpose", **expression}]}]}
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": term}}
        return obstacle({"containers": [], "affinity": affinity}, shape)

    assert reason(operator="In", values=["user"]) is None
    assert reason(operator="In", values=["core"]) is not None
    assert reason(operator="NotIn", values=["core"]) is None
    assert reason(operator="Exists") is None
    assert reason(operator="DoesNotExist") is not None
    assert reason(key="size", operator="Gt", values=["3"]) is None


def test_tolerations_cover_by_key_value_and_effect() -> None:
    taint = {"key": "k", "value": "v", "effect": "NoSchedule"}
    assert tolerated(taint, [{"operator": "Exists"}])
    assert tolerated(taint, [{"key": "k", "value": "v"}])
    assert not tolerated(taint, [{"key": "k", "value": "w"}])
    assert not tolerated(taint, [{"key": "k", "operator": "Exists", "effect": "NoExecute"}])


def test_requests_count_as_the_scheduler_counts_them() -> None:
    def container(cpu: str, **more: Any) -> dict[str, Any]:
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec = {
        "containers": [container("500m"), {"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}],
        "initContainers": [container("2"), container("100m", restartPolicy="Always")],
    }
    assert requested(spec) == Resources(2000, 2**30, 1)
    assert [quantity(q) for q in ("1k", "1Ki", "1e3", "0.5", ".5G")] == [1000, 1024, 1000, 0.5, 5 * 10**8]
    with pytest.raises(ValueError, match="quantity"):
        quantity("1 GB")
