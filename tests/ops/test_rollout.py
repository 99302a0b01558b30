"""A roll-out is over when every pod is new and ready, and no old one is left to answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from binder_deploy.ops import rollout
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.ops.rollout import await_no_servers, await_rolled_out, behind, lag

WHOLE = {"observedGeneration": 4, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}


def deployment(**status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "hub", "generation": 4},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"component": "hub"}}},
        "status": {**WHOLE, **status},
    }


def pod(component: str, leaving: bool) -> dict[str, Any]:
    gone = {"deletionTimestamp": "2026-11-23T12:00:00Z"} if leaving else {}
    return {"metadata": {"name": "p", "labels": {"component": component, "release": "x"}, **gone}}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({}, ""),
        ({"observedGeneration": 3}, "has not been seen yet"),
        ({"updatedReplicas": 1}, "1 of 2 pods are new"),
        ({"replicas": 3}, "1 old pods are there yet"),
        ({"readyReplicas": 1}, "1 of 2 pods are ready"),
        ({"availableReplicas": 0}, "pods are ready"),
        ({"updatedReplicas": 0, "readyReplicas": 2}, "0 of 2 pods are new"),
    ],
)
def test_each_way_to_be_behind(status: dict[str, int], why: str) -> None:
    found = lag(deployment(**status), [])
    assert (why in found) if why else found == ""


def test_a_pod_on_its_way_out_may_still_answer() -> None:
    assert "1 old pods are on their way out" in lag(deployment(), [pod("hub", True), pod("hub", False)])
    assert lag(deployment(), [pod("proxy", True), pod("hub", False)]) == ""


def test_a_deployment_that_was_never_looked_at_is_behind() -> None:
    assert lag({"metadata": {"generation": 1}, "spec": {}}, [])


def test_one_that_was_sent_away_is_behind() -> None:
    away = deployment()
    away["spec"]["replicas"] = 0
    assert lag(away, []) == "it is scaled to 0"


def test_the_wait_ends_with_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([("hub: late", "proxy: late"), ("hub: late",), ()])
    monkeypatch.setattr(rollout, "EVERY_S", 0.0)
    monkeypatch.setattr(rollout, "behind", lambda kubeconfig, wanted: next(seen))
    assert await_rolled_out(Path("x"), 10.0) == ()
    monkeypatch.setattr(rollout, "servers", lambda kubeconfig: 3)
    assert await_no_servers(Path("x"), 0.01) == 3


def test_a_cluster_that_does_not_answer_is_no_roll_out(tmp_path: Path) -> None:
    with pytest.raises(ClusterSilent):
        behind(tmp_path / "no-such-kubeconfig")
