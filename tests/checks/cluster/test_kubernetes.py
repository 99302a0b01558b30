"""Versions that do not go together are told before the cloud refuses them, and the end of support before it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks import kubernetes_support
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living as facts
from binder_deploy.checks.given import Given
from binder_deploy.checks.kubernetes_support import Support
from binder_deploy.checks.model import Failed, Key, Passed, Probe, Skipped, Verdict
from binder_deploy.checks.probes import living, local
from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.rules.releases import minor_of
from binder_deploy.checks.runner import run
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

shows = pytest.mark.shows
NODES = "/api/v1/nodes"
EKS = {"kind": "eks", "account": "123456789012", "region": "eu-central-1", "zone": "eu-central-1b"}


@pytest.fixture
def minor(kube: Kube) -> int:
    """Of the API server that is asked."""
    return minor_of(str(kube.get("/version")["gitVersion"]))


@pytest.fixture
def node(api: Api) -> Iterator[Callable[[str, int], None]]:
    """Joins a node of a pool, with a kubelet of that minor."""
    made: list[str] = []

    def join(pool: str, minor: int) -> None:
        name = f"{pool}-{minor}"
        labels = {"binder-deploy/pool": pool}
        api.create(NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}})
        made.append(name)
        info = {"kubeletVersion": f"v1.{minor}.2-gke.100"}
        api.patch(f"{NODES}/{name}/status", {"status": {"nodeInfo": info}})

    yield join
    for name in made:
        api.delete(f"{NODES}/{name}")


@pytest.fixture
def judge(kubeconfig: Path, tmp_path: Path) -> Callable[..., Verdict]:
    """The verdict of one check on the cluster as it is; `more` plays other facts."""

    def verdict(check_id: str, settings: Settings, more: dict[Key[Any], Probe[Any]] | None = None) -> Verdict:
        given = Given(settings=settings, folder=tmp_path, kubeconfig=kubeconfig)
        own: dict[Key[Any], Probe[Any]] = {f.SETTINGS: Probe(lambda: settings)}
        probes = {**living.probes(given), **own, **(more or {})}
        return run([check for check in CATALOGUE if check.id == check_id], probes)[0].verdict

    return verdict


@shows("BD-CLU-016", "passed")
def test_nodes_may_be_three_minors_behind(judge: Any, node: Any, minor: int, settings: Any) -> None:
    node("core", minor)
    node("user", minor - 3)
    judge("BD-CLU-016", settings())


@pytest.mark.parametrize(("apart", "words"), [(1, "newer than a control plane"), (-4, "more than 3 minors behind")])
@shows("BD-CLU-016", "failed")
def test_nodes_too_far_from_their_control_plane_are_named_with_their_pool(
    judge: Any, node: Any, minor: int, settings: Any, apart: int, words: str
) -> None:
    node("core", minor)
    node("user", minor + apart)
    verdict = judge("BD-CLU-016", settings())
    assert words in verdict.message
    assert f"user 1.{minor + apart}" in verdict.message
    assert "core" not in verdict.message


@pytest.mark.parametrize(("steps", "fails"), [(0, ""), (1, ""), (2, "one minor at a time"), (-1, "takes one back")])
def test_a_version_of_the_settings_that_the_cloud_refuses_is_told_with_the_one_to_write(
    judge: Any, minor: int, settings: Any, steps: int, fails: str
) -> None:
    verdict = judge("BD-CLU-016", on_eks(settings, kubernetes=f"1.{minor + steps}"))
    if not fails:
        assert isinstance(verdict, Passed)
        return
    assert isinstance(verdict, Failed)
    assert verdict.message.startswith(f"platform.kubernetes: 1.{minor + steps} cannot be had")
    assert fails in verdict.message
    assert f"write 1.{minor + (steps > 0)}" in verdict.remedy


def on_eks(settings: Callable[..., Settings], **platform: str) -> Settings:
    """A deployment at Amazon."""
    return settings(platform={**EKS, **platform}, registry={"kind": "ecr"})


def ends(on: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[Key[Any], Probe[Any]]:
    """A day, and a table in which everything ends on 2027-04-11."""
    told = Support(
        datetime(2027, 4, 11, tzinfo=UTC).date(), "https://source.example.org", datetime(2026, 8, 31, tzinfo=UTC).date()
    )
    monkeypatch.setattr("binder_deploy.checks.rules.kubernetes.support", lambda platform, minor: told)
    return {facts.NOW: Probe(lambda: on)}


@shows("BD-CLU-017", "passed")
def test_support_that_lasts_is_fine(judge: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    today = ends(datetime(2026, 11, 23, tzinfo=UTC), monkeypatch)
    assert "until 2027-04-11" in judge("BD-CLU-017", settings(), today).message


@pytest.mark.parametrize(
    ("today", "words"),
    [((2027, 3, 30), "ends on 2027-04-11, in 12 days"), ((2027, 4, 12), "ended on 2027-04-11")],
)
@shows("BD-CLU-017", "failed")
def test_an_end_that_is_near_or_past_is_told_with_its_day(
    judge: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, today: tuple[int, int, int], words: str
) -> None:
    verdict = judge("BD-CLU-017", settings(), ends(datetime(*today, tzinfo=UTC), monkeypatch))
    assert words in verdict.message
    assert "read on 2026-08-31" in verdict.detail
    assert "platform.release_channel" in verdict.remedy


def test_before_there_is_a_cluster_there_is_nothing_to_ask(settings: Any, tmp_path: Path) -> None:
    probes = local.probes(Given(settings=settings(), folder=tmp_path))
    probes |= living.probes(Given(settings=settings(), folder=tmp_path))
    checks = [check for check in CATALOGUE if check.id in ("BD-CLU-016", "BD-CLU-017")]
    for outcome in run(checks, probes):
        assert isinstance(outcome.verdict, Skipped)
        assert outcome.verdict.reason == "not applicable"


def test_what_is_in_no_table_is_unknown_and_what_is_aws_s_is_asked_there(
    judge: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubernetes_support, "_table", dict)
    for where, reason in ((settings(), "unknown"), (on_eks(settings), "not applicable")):
        verdict = judge("BD-CLU-017", where)
        assert isinstance(verdict, Skipped)
        assert verdict.reason == reason
