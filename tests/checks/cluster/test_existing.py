"""A cluster with other tenants, on a real API server: what of theirs is in the way, and what their nodes hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts.deployment import Capacity
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Verdict
from binder_deploy.checks.probes import existing
from binder_deploy.checks.runner import run
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.rehearsal.ordinary.furniture import INGRESS_CLASSES, ingress_class, node
from binder_deploy.settings.existing import NodeSize
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

shows = pytest.mark.shows
PLATFORM = {"kind": "existing", "context": "lab"}
REGISTRY = {"kind": "ghcr", "namespace": "campus", "push": {"username": "bot", "password": "env:PUSH"}}


@pytest.fixture
def given(kubeconfig: Path, settings: Callable[..., Settings], tmp_path: Path) -> Callable[..., Given]:
    def make(**platform: Any) -> Given:
        chosen = settings(platform={**PLATFORM, **platform}, registry=REGISTRY)
        return Given(settings=chosen, folder=tmp_path, kubeconfig=kubeconfig)

    return make


@pytest.fixture
def judge(given: Callable[..., Given]) -> Callable[[], Verdict]:
    def verdict() -> Verdict:
        (check,) = [c for c in CATALOGUE if c.id == "BD-CLU-020"]
        return run([check], existing.probes(given()))[0].verdict

    return verdict


@pytest.fixture
def ours(namespace: Callable[..., None], api: Api, given: Callable[..., Given]) -> Iterator[None]:
    """The Binder's namespace carries this deployment's mark."""
    namespace(**{"binder-deploy": given().settings.name})
    yield
    api.patch("/api/v1/namespaces/binder", {"metadata": {"labels": {"binder-deploy": None}}})


@pytest.fixture
def a_class(api: Api) -> Iterator[Callable[..., None]]:
    """Puts an IngressClass `traefik` into the cluster."""

    def put(**annotations: str) -> None:
        body = ingress_class("traefik", "example.org/controller")
        body["metadata"]["annotations"] = {f"meta.helm.sh/release-{key}": value for key, value in annotations.items()}
        api.create(INGRESS_CLASSES, body)

    yield put
    api.delete(f"{INGRESS_CLASSES}/traefik")


@shows("BD-CLU-020", "passed")
def test_what_carries_our_mark_is_not_in_the_way(
    ours: None, a_class: Callable[..., None], judge: Callable[[], Verdict]
) -> None:
    a_class(namespace="traefik", name="traefik")
    assert isinstance(judge(), Passed)


@shows("BD-CLU-020", "failed")
def test_a_namespace_of_somebody_else_is_in_the_way(
    namespace: Callable[..., None], judge: Callable[[], Verdict]
) -> None:
    namespace()
    verdict = judge()
    assert isinstance(verdict, Failed) and "Namespace binder" in verdict.message
    assert "kubectl get namespace binder" in verdict.remedy


@shows("BD-CLU-020", "failed")
def test_another_release_is_named(ours: None, a_class: Callable[..., None], judge: Callable[[], Verdict]) -> None:
    a_class(namespace="ingress", name="traefik")
    verdict = judge()
    assert isinstance(verdict, Failed)
    assert "IngressClass traefik (Helm release ingress/traefik)" in verdict.message


def test_nodes_are_measured_by_role(api: Api, given: Callable[..., Given]) -> None:
    sizes = {"small": NodeSize(cpu=2, memory="4Gi"), "large": NodeSize(cpu=16, memory="64Gi")}
    for name, size in sizes.items():
        api.create("/api/v1/nodes", node(name, {"size": name}, size))
    try:
        probe = existing.probes(given(nodes={"build": {"size": "small"}}))[f.CAPACITIES]
        found = probe.collect()
        assert found["build"] == Capacity(2.0, 4 * 2**30, 110)
        assert found["user"] == found["core"] == Capacity(16.0, 64 * 2**30, 110)
        with pytest.raises(LookupError, match=r"platform\.nodes\.user: size=huge"):
            existing.probes(given(nodes={"user": {"size": "huge"}}))[f.CAPACITIES].collect()
    finally:
        for name in sizes:
            api.delete(f"/api/v1/nodes/{name}")


def test_a_size_that_the_settings_tell_is_not_asked_for(given: Callable[..., Given]) -> None:
    assert f.CAPACITIES not in existing.probes(given(node_size={"cpu": 4, "memory": "16Gi"}))
