"""What Helm itself makes of the charts: with the real program, and the stand-ins assembled as the real charts are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.charts import archive
from binder_deploy.charts.bundle import load
from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import Resolved, stand_in
from binder_deploy.charts.umbrella import assemble
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Verdict
from binder_deploy.checks.probes import rendered
from binder_deploy.checks.rules.rendered import NEWEST, expected
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings
from binder_deploy.tools.lock import shipped

pytestmark = pytest.mark.system

shows = pytest.mark.shows
SECRET = "correct-horse-battery-staple"
MONITOR = b"apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: traefik}\n"
OLD = b"apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: traefik}\n"
REFUSES = b'{{- if .Values.marker }}{{ fail (printf "no marker %s, please" .Values.marker) }}{{ end }}\n'


@pytest.fixture
def charts(tmp_path: Path) -> tuple[ChartSet, Path]:
    folder = tmp_path / "work"
    return assemble(Resolved("test", {name: stand_in(name) for name in load().charts}, (), ()), folder), folder


@pytest.fixture
def judge(
    settings: Callable[..., Settings], charts: tuple[ChartSet, Path], tools: Mapping[str, Path]
) -> Callable[..., Verdict]:
    def verdict(check_id: str, kubeconfig: Path | None = None, **change: Any) -> Verdict:
        made = settings(**change)
        given = Given(
            settings=made,
            folder=charts[1],
            charts=charts[0],
            charts_in=charts[1],
            tools={"helm": str(tools["helm"])},
            kubeconfig=kubeconfig,
        )
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        return run([check], rendered.probes(given))[0].verdict

    return verdict


@pytest.fixture
def into_traefik(charts: tuple[ChartSet, Path]) -> Callable[[bytes], None]:
    """Puts one more template into Traefik's archive, as an archive of `--bundle` might have it."""

    def put(template: bytes) -> None:
        file = charts[1] / charts[0].traefik.path
        inside = archive.contents(file.name, file.read_bytes())
        schema = {k: v for k, v in inside.files.items() if k != "values.schema.json"}
        file.write_bytes(archive.pack(inside.name, {**schema, "templates/more.yaml": template}))

    return put


@shows("BD-SET-023", "passed")
def test_helm_takes_every_release_as_it_would_be_installed(judge: Any) -> None:
    verdict = judge("BD-SET-023")
    assert verdict.message == "binder/binder-service, cert-manager/cert-manager, traefik/traefik"


@shows("BD-SET-023", "failed")
def test_a_template_that_refuses_is_told_with_its_section_and_without_values(
    judge: Any, into_traefik: Any, told: Any
) -> None:
    into_traefik(REFUSES)
    verdict = judge("BD-SET-023", charts={"traefik": {"values": {"marker": SECRET}}})
    assert "release traefik/traefik: execution error at (traefik/templates/more.yaml" in verdict.message
    assert "no marker …, please" in verdict.message and "charts.traefik.values" in verdict.remedy
    assert SECRET not in told(verdict)


@shows("BD-SET-023", "failed")
def test_a_schema_that_refuses_is_told_as_such(judge: Any, told: Any) -> None:
    verdict = judge("BD-SET-023", charts={"traefik": {"values": {"deploiment": {"key": SECRET}}}})
    assert "deploiment" in verdict.message and "BD-SET-022" in verdict.remedy and SECRET not in told(verdict)


@shows("BD-SET-024", "passed")
def test_before_there_is_a_cluster_its_version_speaks(judge: Any) -> None:
    assert "served by Kubernetes 1.36" in judge("BD-SET-024").message


@pytest.mark.parametrize("template", [pytest.param(MONITOR, id="nobody defines it"), pytest.param(OLD, id="dropped")])
@shows("BD-SET-024", "failed")
def test_a_kind_that_no_cluster_will_know_is_named_before_one_is_made(
    judge: Any, into_traefik: Any, template: bytes
) -> None:
    into_traefik(template)
    verdict = judge("BD-SET-024")
    kind = template.split()[3].decode()
    assert f"{kind} (charts.traefik.values)" in verdict.message and "served by Kubernetes 1.36" in verdict.message


def test_a_kind_of_a_group_that_clouds_bring_is_left_open(judge: Any, into_traefik: Any) -> None:
    into_traefik(b"apiVersion: networking.gke.io/v1\nkind: FrontendConfig\nmetadata: {name: traefik}\n")
    assert not isinstance(judge("BD-SET-024"), Failed)


def test_a_chart_may_ask_what_the_cluster_knows(judge: Any, into_traefik: Any) -> None:
    asks = b'{{- if .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }}{{ else }}' + OLD + b"{{ end }}\n"
    into_traefik(asks)
    assert not isinstance(judge("BD-SET-024"), Failed)


@pytest.mark.parametrize("version", ["1.25", "1.30", "1.36", "1.37", "1.42"])
def test_what_is_expected_of_a_version_leaves_out_what_it_dropped(version: str) -> None:
    minor = int(version[2:])
    assert (("networking.k8s.io/v1beta1", "ServiceCIDR") in expected(version)) is False
    assert (("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema") in expected(version)) is (minor < 32)
    assert {("apps/v1", "Deployment"), ("v1", "Secret")} <= expected(f"v{version}.4-gke.100")


def test_the_table_is_of_the_version_that_rehearsals_run() -> None:
    assert shipped().binaries["kube-apiserver"].version.startswith(f"1.{NEWEST}.")
