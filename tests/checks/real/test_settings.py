"""Checks of the settings, on a `binder.yaml` that was read from its file and on the values that our charts get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import stand_in
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.tools.acquire import Site, installed

Ask = Callable[..., Verdict]


def pools(**pool: Mapping[str, Any]) -> dict[str, Any]:
    return {"platform": {"pools": pool}}


def server(**given: Any) -> dict[str, Any]:
    return {"hub": {"server": given}}


@dataclass(frozen=True)
class Case:
    check: str
    says: str
    change: Mapping[str, Any]
    verdict: type[Verdict] = Failed
    environ: Mapping[str, str] = field(default_factory=dict)


CASES = [
    Case("BD-SET-001", "none could ever start", server(memory_guarantee="64Gi", memory_limit="64Gi")),
    Case("BD-SET-001", "push its neighbours", server(memory_limit="64Gi"), Warned),
    Case("BD-SET-002", "takes the node down", {"binder": {"builds": {"daemon": {"memory_limit": "64Gi"}}}}),
    Case("BD-SET-003", "more than 1 nodes", pools(core={"machine": "e2-standard-2", "max": 1})),
    Case("BD-SET-004", "binder.max_servers is 5000", {"binder": {"max_servers": 5000}}, Warned),
    Case("BD-SET-005", "memory_guarantee is above", server(memory_guarantee="3Gi", memory_limit="2Gi")),
    Case("BD-SET-006", "fill up within a few builds", pools(build={"disk_gb": 30})),
    Case("BD-SET-007", "no class of that name", {"hub": {"storage_class": "fast-disks"}}),
    Case("BD-SET-008", "tls.server is staging", {"tls": {"server": "staging"}}, Warned),
    Case("BD-SET-009", "sslip.io", {"address": {"domain": "192-0-2-7.sslip.io"}}),
    Case("BD-SET-010", "did you mean", pools(user={"machine": "e2-standart-8"}), Warned),
    Case("BD-SET-011", "24 hours", {"hub": {"culling": {"idle_minutes": 1440}}}, Warned),
    Case("BD-SET-012", "binder.per_repo", {"binder": {"per_repo": 0}}, Warned),
    Case("BD-SET-014", "is arm64", pools(build={"machine": "c4a-standard-4"})),
    Case("BD-SET-015", "in a CI job", {}, Warned, {"CI": "true"}),
    Case("BD-TOOL-003", "Cloud Shell", {}, Warned, {"CLOUD_SHELL": "true"}),
    Case("BD-TOOL-003", "CLOUDSDK_AUTH_ACCESS_TOKEN holds", {}, Warned, {"CLOUDSDK_AUTH_ACCESS_TOKEN": "ya29.x"}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _a_quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither CI nor a Cloud Shell, whatever runs these tests."""
    for name in ("CI", "CLOUD_SHELL", "AWS_EXECUTION_ENV", "CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN",
                 "AWS_SESSION_TOKEN"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=f"{c.check}: {c.says}", marks=pytest.mark.shows(c.check, "failed")) for c in CASES],
)
def test_a_wrong_setting_is_told_before_anything_exists(
    case: Case, ask: Ask, charts: Callable[..., ChartSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in case.environ.items():
        monkeypatch.setenv(name, value)
    verdict = ask(case.check, case.change, charts=charts())
    assert isinstance(verdict, case.verdict), verdict
    assert case.says in verdict.message
    assert not any(value in str(verdict) for value in case.environ.values() if value != "true")


PASSING = [*(f"BD-SET-{n:03}" for n in range(1, 16) if n != 7), "BD-TOOL-003"]


@pytest.mark.parametrize("check", [pytest.param(c, marks=pytest.mark.shows(c, "passed")) for c in PASSING])
def test_the_example_s_settings_hold(check: str, ask: Ask, charts: Callable[..., ChartSet]) -> None:
    assert isinstance(ask(check, charts=charts()), Passed)


@pytest.mark.shows("BD-SET-007", "passed")
def test_a_class_that_gke_brings_is_taken(ask: Ask) -> None:
    assert isinstance(ask("BD-SET-007", {"hub": {"storage_class": "standard-rwo"}}), Passed)
    assert isinstance(ask("BD-SET-007"), Skipped)


@pytest.mark.shows("BD-SET-013", "failed")
def test_a_chart_that_cannot_push_by_workload_identity(ask: Ask, charts: Callable[..., ChartSet]) -> None:
    binderhub = stand_in("binderhub")
    old = {**binderhub.dependencies, "binderhub": "1.0.0-0.dev.git.3040.h861e70f"}
    verdict = ask("BD-SET-013", charts=charts(binderhub=replace(binderhub, dependencies=old)))
    assert isinstance(verdict, Warned)
    assert "every build will end when it pushes" in verdict.message


@pytest.mark.system
@pytest.mark.shows("BD-TOOL-001", "failed")
@pytest.mark.shows("BD-TOOL-001", "passed")
def test_a_cache_without_a_program(ask: Ask, tools: Mapping[str, Path], tmp_path: Path) -> None:
    def present(*without: str) -> dict[str, str | None]:
        site = Site(cache=tmp_path / "-".join(("cache", *without)))
        for name in set(tools) - set(without):
            folder = Site().folder(site.lock.binaries[name])
            (site.tools / name).mkdir(parents=True)
            (site.tools / name / folder.name).symlink_to(folder)
        sound = {tool.name: str(tool.path) for tool in installed(site) if tool.ok and tool.wanted}
        return {name: sound.get(name) for name in tools}

    verdict = ask("BD-TOOL-001", tools=present("etcd"))
    assert isinstance(verdict, Failed)
    assert verdict.message.endswith(": etcd")
    assert isinstance(ask("BD-TOOL-001", tools=present()), Passed)


@pytest.mark.shows("BD-TOOL-002", "failed")
@pytest.mark.shows("BD-TOOL-002", "passed")
def test_the_login_helper_is_looked_for_on_path(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isinstance(ask("BD-TOOL-002"), Failed)
    helper = tmp_path / "gke-gcloud-auth-plugin"
    helper.write_text("#!/bin/sh\n")
    assert isinstance(ask("BD-TOOL-002"), Failed), "not executable"
    helper.chmod(0o755)
    assert isinstance(ask("BD-TOOL-002"), Passed)
