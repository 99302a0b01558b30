"""Values are held against the schemas in the very archives that would be installed, as Helm would do it."""

from __future__ import annotations

import json
from collections.abc import Callable
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
from binder_deploy.checks.model import Verdict
from binder_deploy.checks.probes import schemas
from binder_deploy.checks.probes.schemas import coalesce
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

shows = pytest.mark.shows
SECRET = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ChartSet, Path]:
    """The stand-ins, assembled as the real charts are, and the folder."""
    folder = tmp_path_factory.mktemp("work")
    return assemble(Resolved("test", {name: stand_in(name) for name in load().charts}, (), ()), folder), folder


@pytest.fixture
def judge(settings: Callable[..., Settings], charts: tuple[ChartSet, Path]) -> Callable[..., Verdict]:
    def verdict(**values: Any) -> Verdict:
        made = settings(charts={name.replace("_", "-"): {"values": value} for name, value in values.items()})
        given = Given(settings=made, folder=charts[1], charts=charts[0], charts_in=charts[1])
        (check,) = [c for c in CATALOGUE if c.id == "BD-SET-022"]
        return run([check], schemas.probes(given))[0].verdict

    return verdict


@shows("BD-SET-022", "passed")
def test_our_own_values_fit_every_chart(judge: Any) -> None:
    verdict = judge()
    assert all(name in verdict.message for name in ("binder-service", "binderhub", "jupyterhub", "traefik"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param(
            {"binder_service": {"jupyterhub": {}}}, "binder-service.values knows no jupyterhub", id="umbrella"
        ),
        pytest.param({"binder_service": {"binderhub": {"githib": SECRET}}}, "binderhub knows no githib", id="vendored"),
        pytest.param(
            {"binder_service": {"binderhub": {"jupyterhub": {"singleuser": {"memry": SECRET}}}}},
            "charts.binder-service.values.binderhub.jupyterhub.singleuser knows no memry",
            id="vendored in a vendored one",
        ),
        pytest.param(
            {"binder_service": {"guardrails": {"defaultRequests": {"cpu": 1}}}},
            "guardrails.defaultRequests.cpu must be string",
            id="type",
        ),
        pytest.param(
            {"traefik": {"deploiment": {"replicas": 2}}}, "charts.traefik.values knows no deploiment", id="archive"
        ),
    ],
)
@shows("BD-SET-022", "failed")
def test_what_a_chart_refuses_is_named_by_its_path_alone(judge: Any, told: Any, values: Any, message: str) -> None:
    verdict = judge(**values)
    assert message in verdict.message and SECRET not in told(verdict)


@shows("BD-SET-022", "failed")
def test_a_schema_that_only_the_archive_has_is_obeyed(
    judge: Any, charts: tuple[ChartSet, Path], settings: Callable[..., Settings]
) -> None:
    """Whatever `--bundle` brings is what counts: here a Traefik whose schema has another idea of replicas."""
    file = charts[1] / charts[0].traefik.path
    original = file.read_bytes()
    inside = archive.contents(file.name, original)
    strict = {"properties": {"deployment": {"properties": {"replicas": {"enum": [7]}}}}}
    file.write_bytes(archive.pack(inside.name, {**inside.files, "values.schema.json": json.dumps(strict).encode()}))
    try:
        assert "deployment.replicas must be one of 7" in judge().message
    finally:
        file.write_bytes(original)


def test_defaults_are_laid_under_as_helm_lays_them() -> None:
    defaults = {"a": 1, "deep": {"b": 2, "c": 3}, "gone": {"d": 4}}
    given = {"deep": {"b": None, "e": 5}, "gone": None, "stays": None}
    assert coalesce(given, defaults) == {"a": 1, "deep": {"c": 3, "e": 5}, "stays": None}
