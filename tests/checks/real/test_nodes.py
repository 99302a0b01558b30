"""Checks of nodes, and of the pods that people start, on a deployment that is up on this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from binder_deploy.checks.facts import living as facts
from binder_deploy.checks.model import Failed, Passed, Probe, Skipped, Warned
from binder_deploy.checks.probes import living as probes

pytestmark = [pytest.mark.system, pytest.mark.slow]

Living = Any
BINDER = "/api/v1/namespaces/binder/pods"
SYSTEM = "/api/v1/namespaces/kube-system"
NODES = "/api/v1/nodes"
DEDICATED = {"key": "hub.jupyter.org_dedicated", "operator": "Equal", "value": "user", "effect": "NoSchedule"}
STATUS = """\
time: 2026-03-01 12:00:00 +0000 UTC
autoscalerStatus: Running
clusterWide:
  health: {status: Healthy}
nodeGroups:
- name: https://www.googleapis.com/compute/v1/projects/p/zones/z/instanceGroups/gke-campus-binder-user
  health: {status: %s, cloudProviderTarget: 1, minSize: 0, maxSize: 6}
  scaleUp: {status: %s}
  scaleDown: {status: NoCandidates}
"""


def person(name: str, component: str, pool: str, cpu: str = "100m") -> dict[str, Any]:
    """A server or a build, as the hub or BinderHub starts it."""
    resources = {"requests": {"cpu": cpu, "memory": "128Mi"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"component": component}},
        "spec": {
            "nodeSelector": {"binder-deploy/pool": pool},
            "tolerations": [DEDICATED],
            "containers": [{"name": "c", "image": "none", "resources": resources}],
        },
    }


def node(name: str, pool: str, taint: str = "test", arch: str = "amd64", **allocatable: str) -> dict[str, Any]:
    """A node that nothing but what tolerates everything goes to, and that nobody plays."""
    size = {"cpu": "7900m", "memory": "28Gi", "pods": "110", **allocatable}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"binder-deploy/pool": pool, "kubernetes.io/arch": arch}},
        "spec": {"taints": [{"key": taint, "effect": "NoSchedule"}]},
        "status": {"allocatable": size, "capacity": size},
    }


def on_a_node(living: Living, component: str, pool: str) -> None:
    """Bring a node of a pool that has none, as a person does who launches something."""
    living.put(BINDER, person(f"somebody-{pool}", component, pool))
    living.await_phase(f"{BINDER}/somebody-{pool}", "Running")


@pytest.mark.shows("BD-CLU-003", "failed")
@pytest.mark.shows("BD-CLU-003", "passed")
def test_a_pod_of_the_system_holds_a_user_node(living: Living) -> None:
    on_a_node(living, "singleuser-server", "user")
    living.eventually("BD-CLU-003", Passed)
    living.put(f"{SYSTEM}/pods", person("squatter", "none", "user"))
    verdict = living.eventually("BD-CLU-003", Failed)
    assert "kube-system/squatter on a user node (a pod of the system)" in verdict.message


@pytest.mark.shows("BD-CLU-004", "failed")
@pytest.mark.shows("BD-CLU-004", "passed")
@pytest.mark.parametrize(
    ("health", "scale_up", "says"),
    [
        ("Healthy", "Backoff, backoffInfo: {errorCode: QUOTA_EXCEEDED}", "gke-campus-binder-user: QUOTA_EXCEEDED"),
        ("Unhealthy", "NoActivity", "not healthy: gke-campus-binder-user"),
    ],
)
def test_an_autoscaler_that_gives_up(health: str, scale_up: str, says: str, living: Living) -> None:
    assert isinstance(living.ask("BD-CLU-004"), Skipped), "here nobody writes a status"
    data = {"status": STATUS % ("Healthy", "NoActivity")}
    metadata = {"name": "cluster-autoscaler-status"}
    living.put(f"{SYSTEM}/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    assert isinstance(living.ask("BD-CLU-004"), Passed)
    path = f"{SYSTEM}/configmaps/cluster-autoscaler-status"
    living.change(path, {"data": {"status": STATUS % (health, scale_up)}})
    verdict = living.ask("BD-CLU-004")
    assert isinstance(verdict, Failed)
    assert says in verdict.message


@pytest.mark.shows("BD-CLU-005", "failed")
@pytest.mark.shows("BD-CLU-005", "passed")
def test_a_node_whose_disk_is_full(living: Living) -> None:
    assert isinstance(living.ask("BD-CLU-005"), Passed)
    first = living.api.list(NODES)["items"][0]
    name, conditions = first["metadata"]["name"], first["status"]["conditions"]
    full = [c | ({"status": "True"} if c["type"] == "DiskPressure" else {}) for c in conditions]
    living.change(f"{NODES}/{name}/status", {"status": {"conditions": full}})
    verdict = living.eventually("BD-CLU-005", Failed)
    assert f"{name}: DiskPressure" in verdict.message


@pytest.mark.shows("BD-CLU-006", "failed")
@pytest.mark.shows("BD-CLU-006", "passed")
def test_a_node_that_takes_fewer_pods_than_planned(living: Living) -> None:
    assert isinstance(living.ask("BD-CLU-006"), Passed)
    living.put(NODES, node("narrow", "user", pods="32"))
    verdict = living.ask("BD-CLU-006")
    assert isinstance(verdict, Warned)
    assert "narrow takes 32 pods, not 110" in verdict.message


@pytest.mark.shows("BD-CLU-008", "failed")
@pytest.mark.shows("BD-CLU-008", "passed")
def test_an_arm_node_among_the_others(living: Living) -> None:
    living.put(NODES, node("one", "build"))
    assert isinstance(living.ask("BD-CLU-008"), Passed)
    living.put(NODES, node("other", "user", arch="arm64"))
    verdict = living.ask("BD-CLU-008")
    assert isinstance(verdict, Failed)
    assert "arm64: other" in verdict.message


@pytest.mark.shows("BD-POD-005", "failed")
@pytest.mark.shows("BD-POD-005", "passed")
def test_people_wait_for_a_node_and_the_pool_is_full(living: Living) -> None:
    assert isinstance(living.ask("BD-POD-005"), Passed)
    for number in (1, 2):
        living.put(BINDER, person(f"jupyter-{number}", "singleuser-server", "user", cpu="5"))
    verdict = living.eventually("BD-POD-005", Warned)
    assert "1 pods wait for a user node, and all 1 that platform.pools.user.max" in verdict.message


@pytest.mark.shows("BD-POD-006", "failed")
@pytest.mark.shows("BD-POD-006", "passed")
def test_a_server_that_the_culler_forgot(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    living.put(BINDER, person("jupyter-old", "singleuser-server", "user"))
    assert isinstance(living.ask("BD-POD-006"), Passed)
    usual: Callable[..., Any] = probes.probes
    later = {facts.NOW: Probe(lambda: datetime.now(UTC) + timedelta(hours=13))}
    monkeypatch.setattr(probes, "probes", lambda given: usual(given) | later)
    verdict = living.ask("BD-POD-006")
    assert isinstance(verdict, Failed)
    assert "(12) allows: binder/jupyter-old" in verdict.message


@pytest.mark.shows("BD-BND-005", "failed")
@pytest.mark.shows("BD-BND-005", "passed")
def test_a_build_node_that_the_builder_does_not_get_to(living: Living) -> None:
    on_a_node(living, "binderhub-build", "build")
    living.eventually("BD-BND-005", Passed)
    living.put(NODES, node("bare", "build", taint="somebody/else"))
    verdict = living.ask("BD-BND-005")
    assert isinstance(verdict, Failed)
    assert "no builder on bare" in verdict.message


@pytest.mark.shows("BD-BND-004", "failed")
@pytest.mark.shows("BD-BND-004", "passed")
def test_builds_that_go_to_other_people_s_nodes(living: Living) -> None:
    assert isinstance(living.ask("BD-BND-004"), Passed)
    living.put(NODES, node("costly", "build", **{"nvidia.com/gpu": "8"}))
    verdict = living.ask("BD-BND-004")
    assert isinstance(verdict, Failed)
    assert "nodes with accelerators: costly" in verdict.message
    beside_the_hub = {"config": {"BinderHub": {"build_node_selector": {"binder-deploy/pool": "core"}}}}
    living.rewrite("binder-secret", beside_the_hub)
    verdict = living.ask("BD-BND-004")
    assert isinstance(verdict, Failed)
    assert "which is a core node" in verdict.message
