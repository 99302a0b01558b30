"""The steps of a removal that read and change the state alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.teardown import cluster_exists, forget, is_cluster, kubeconfig, unprotect

State = list[dict[str, Any]]
NODES = {"urn": "urn:nodes", "type": "aws:eks/nodeGroup:NodeGroup", "inputs": {}, "outputs": {"id": "core"}}
GKE = {"urn": "urn:gke", "type": "gcp:container/cluster:Cluster", "outputs": {"name": "a", "deletionProtection": True}}
EKS = {"urn": "urn:eks", "type": "aws:eks/cluster:Cluster", "protect": True, "outputs": {"name": "a"}}


class Recorded(Engine):
    """A state, without an engine that could do anything but rewrite it."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.state: State = [{**r, "outputs": dict(r["outputs"])} for r in resources]
        self.asked: list[str] = []
        self.rewrites = 0

    def resources(self) -> Any:
        return tuple(self.state)

    def rewrite(self, change: Callable[[State], State]) -> None:
        self.rewrites += 1
        self.state = change(self.state)

    def refresh(self, observe: Any, targets: Any) -> Any:
        self.asked += targets


@pytest.mark.parametrize("cluster", [GKE, EKS], ids=["by the provider", "by the engine"])
def test_protection_is_switched_off_in_the_state_and_nothing_else_changes(cluster: dict[str, Any]) -> None:
    engine = Recorded(NODES, cluster)
    assert unprotect(engine) == 1
    nodes, changed = engine.state
    assert nodes == NODES
    assert not changed.get("protect")
    assert not changed["outputs"].get("deletionProtection")
    assert changed["outputs"]["name"] == "a"
    assert unprotect(engine) == 0
    assert engine.rewrites == 1, "a state without protection is left alone"


@pytest.mark.parametrize("cluster", [GKE, EKS], ids=["gke", "eks"])
def test_the_cloud_is_asked_about_the_cluster_alone(cluster: dict[str, Any]) -> None:
    engine = Recorded(NODES, cluster)
    assert is_cluster(cluster) and not is_cluster(NODES)
    assert cluster_exists(engine, lambda _: None)
    assert engine.asked == [cluster["urn"]]
    assert not cluster_exists(Recorded(NODES), lambda _: None)


def test_what_is_forgotten_leaves_no_word_of_it_in_what_depends_on_it() -> None:
    pods = {
        **NODES,
        "urn": "urn:pods",
        "dependencies": ["urn:nodes", "urn:gke"],
        "propertyDependencies": {"on": ["urn:nodes"]},
    }
    engine = Recorded(GKE, NODES, pods)
    forget(engine, ["urn:nodes"])
    assert [r["urn"] for r in engine.state] == ["urn:gke", "urn:pods"]
    assert engine.state[1]["dependencies"] == ["urn:gke"]
    assert engine.state[1]["propertyDependencies"] == {"on": []}


def test_the_way_in_is_in_the_state() -> None:
    provider = {"type": "pulumi:providers:kubernetes", "inputs": {"kubeconfig": "apiVersion: v1"}}
    assert kubeconfig([NODES, provider]) == "apiVersion: v1"
    assert kubeconfig([NODES]) is None
