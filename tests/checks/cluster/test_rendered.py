"""The releases that are about to be installed, against an API server that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.charts.bundle import load
from binder_deploy.charts.resolve import Resolved, stand_in
from binder_deploy.charts.umbrella import assemble
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Verdict
from binder_deploy.checks.probes import rendered
from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.probes.releases import served
from binder_deploy.checks.rules.rendered import expected
from binder_deploy.checks.runner import run
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

shows = pytest.mark.shows
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def judge(
    kubeconfig: Path, settings: Callable[..., Settings], tools: Mapping[str, Path], tmp_path: Path
) -> Callable[[], Verdict]:
    """The verdict on a deployment whose Traefik makes one of cert-manager's objects."""

    def verdict(extra: str) -> Verdict:
        made = settings()
        charts = assemble(Resolved("test", {name: stand_in(name) for name in load().charts}, (), ()), tmp_path)
        template = tmp_path / charts.binder_service.path / "templates" / "more.yaml"
        template.write_text(extra)
        helm = {"helm": str(tools["helm"])}
        given = Given(
            settings=made, folder=tmp_path, charts=charts, charts_in=tmp_path, tools=helm, kubeconfig=kubeconfig
        )
        (check,) = [c for c in CATALOGUE if c.id == "BD-SET-024"]
        return run([check], rendered.probes(given))[0].verdict

    return verdict


@pytest.fixture
def monitors(api: Api) -> Iterator[None]:
    """Somebody installed the Prometheus operator's kind before."""
    names = {"plural": "servicemonitors", "kind": "ServiceMonitor", "singular": "servicemonitor"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": "monitoring.coreos.com",
        "names": names,
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }
    name = "servicemonitors.monitoring.coreos.com"
    body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name}}
    api.create(DEFINITIONS, {**body, "spec": spec})
    yield
    api.delete(f"{DEFINITIONS}/{name}")


MONITOR = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: binder}\n"
ISSUER = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: mine}\n"


@shows("BD-SET-024", "failed")
def test_a_kind_that_this_cluster_does_not_serve_is_named_with_what_asks_for_it(judge: Any) -> None:
    verdict = judge(MONITOR)
    assert "monitoring.coreos.com/v1 ServiceMonitor (charts.binder-service.values)" in verdict.message
    assert "served by Kubernetes v1.36.3 here" in verdict.message


@shows("BD-SET-024", "passed")
def test_a_kind_that_was_installed_before_is_served(judge: Any, monitors: None, eventually: Any, kube: Kube) -> None:
    eventually(lambda: ("monitoring.coreos.com/v1", "ServiceMonitor") in served(kube))
    judge(MONITOR)


@shows("BD-SET-024", "passed")
def test_a_kind_that_another_release_brings_counts_as_served(judge: Any) -> None:
    judge(ISSUER)


def test_the_table_of_served_kinds_is_this_api_server_s(kube: Kube) -> None:
    found = {api for api in served(kube) if api[1]}
    plain = {group for group, _ in expected("")}
    assert {api for api in found if api[0] in plain} == expected("")
