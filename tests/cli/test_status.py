"""One screen tells how a deployment is, also where nothing is deployed or the cluster does not answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Failed, Key, Outcome, Passed, Probe, Warned, Withheld
from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.history import Entry
from binder_deploy.cli.flows.living import Known
from binder_deploy.cli.flows.state_site import Place
from binder_deploy.cli.flows.status import CHEAP_S, Spent, Status, _spent, cheap
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.cli.ui.status import status_data, status_lines
from binder_deploy.ops.census import Census, Crowd, Nodes
from binder_deploy.settings.load import parse
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.backend import Backend
from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.stored import Stored

ROOT = Path(__file__).parents[2]
GKE = (ROOT / "examples" / "gke.yaml").read_text(encoding="utf-8")
NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
GIB = 2.0**30
UP = Entry(start=NOW - timedelta(hours=1), end=NOW, what="up", by="me@here", result="done", changes="3 created")
CENSUS = Census(
    kubernetes="v1.34.1",
    images={"binder": "1.0.0", "hub": "4.3.5"},
    nodes=(Nodes(pool="core", count=2, ready=1, cpu=8, memory=32 * GIB, cpu_requested=2, memory_requested=4 * GIB),),
    servers=Crowd(12, 2, NOW - timedelta(hours=3)),
    builds=Crowd(0, 0, None),
    certificate_ends=NOW + timedelta(days=20),
)
STATUS = Status(
    at=NOW,
    settings=parse(GKE),
    deployed=True,
    where="gs://somewhere/state",
    resources=55,
    outputs=Outputs("https://binder/", "https://hub/", "203.0.113.7", "c", "kind: Config", "images/"),
    releases={"traefik": "41.3.0", "binder-service": "0.1.0-c1"},
    census=CENSUS,
    silent="",
    outcomes=(Outcome(CATALOGUE[0], Passed(), 0.0),),
    past=(UP,),
    pending=None,
    halfway="",
    maintenance="",
    spent=Spent(usd=12.5, since=NOW - timedelta(days=2), complete=True),
)


def said(status: Status) -> str:
    return " ".join(" ".join(status_lines(status)).split())


def test_an_upgrade_that_was_cut_off_is_told_with_both_ways_on() -> None:
    mark = Mark(before="2026.07", after="2026.11", backup="b", step="rollout")
    told = said(replace(STATUS, halfway=mark.words()))
    assert "To do an upgrade from bundle 2026.07 to 2026.11 was cut off" in told
    assert "`binder-deploy upgrade` goes on, `binder-deploy rollback` goes back" in told


def test_everything_is_on_one_screen_of_80_columns() -> None:
    lines = status_lines(STATUS)
    assert len(lines) < 24
    assert max(map(len, lines)) < 80
    for words in (
        "campus-binder in project campus-binder-prod",
        "https://binder/",
        "203.0.113.7",
        "Kubernetes v1.34.1, BinderHub 1.0.0, JupyterHub chart 4.3.5, traefik 41.3.0",
        "All clear: 1 passed",
        "core 1 of 2 ready",
        "2/8 CPU, 4/32 GiB asked for",
        "user none (at most",
        "12 servers, 2 not running yet, the oldest for 3 h; no builds",
        "20 days left",
        "gs://somewhere/state: 55 resources; last: `up` done",
        "by me@here",
        "$12.50 since",
        "an estimate",
    ):
        assert words in said(STATUS), words


def test_what_is_wrong_comes_first_and_the_rest_is_counted() -> None:
    bad = [Outcome(check, Warned("odd " * 60), 0.0) for check in CATALOGUE[:6]]
    failed = Outcome(CATALOGUE[6], Failed("it is broken", "mend it"), 0.0)
    lines = status_lines(replace(STATUS, outcomes=(*bad, failed)))
    told = [line.strip() for line in lines if "BD-" in line]
    assert told[0] == f"failed: {CATALOGUE[6].id} it is broken"
    assert len(told) == 5
    assert max(map(len, lines)) < 80
    assert "and 2 more" in said(replace(STATUS, outcomes=(*bad, failed)))


def test_a_cluster_that_does_not_answer_hides_nothing_else() -> None:
    silent = replace(STATUS, census=None, silent="the cluster does not answer (MaxRetryError)", outcomes=())
    assert "Cluster the cluster does not answer (MaxRetryError)" in said(silent)
    assert "https://binder/" in said(silent)
    data = status_data(silent)
    assert data["cluster"]["answers"] is False
    assert data["checks"] is None


def test_maintenance_and_work_left_are_told_before_anything_else() -> None:
    cut = replace(UP, result="failed", why="quota exceeded\nmore of it")
    lines = status_lines(replace(STATUS, maintenance="Back at ten", past=(cut,), pending=cut))
    assert lines[1].strip().startswith("Maintenance")
    text = " ".join(" ".join(lines).split())
    assert "Back at ten" in text
    assert "failed (quota exceeded); `binder-deploy up` goes on from there" in text


def test_the_kubeconfig_is_not_in_the_data() -> None:
    data = json.dumps(status_data(STATUS))
    assert "kind: Config" not in data
    assert json.loads(data)["schema"] == "binder-deploy/status/v1"


def test_where_nothing_is_deployed_that_is_told_without_any_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_deploy.cli.flows.living.get_tools", lambda *_, **__: 1 / 0)
    (tmp_path / "binder.yaml").write_text(GKE)
    where = ["--file", str(tmp_path / "binder.yaml")]
    assert run(["status", "--json", *where]) == exits.DONE
    out, err = capsys.readouterr()
    assert "Nothing is deployed" in err
    assert json.loads(out)["deployed"] is False
    assert run(["status", "--exit-code", *where]) == exits.FAILED
    assert [file.name for file in tmp_path.iterdir()] == ["binder.yaml"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (STATUS, exits.DONE),
        (replace(STATUS, outcomes=(Outcome(CATALOGUE[0], Failed("a", "b"), 0.0),)), exits.BLOCKED),
        (replace(STATUS, silent="no answer", census=None), exits.FAILED),
        (replace(STATUS, pending=UP), exits.FAILED),
    ],
)
def test_the_exit_code_says_how_it_is_if_asked(status: Status, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binder_deploy.cli.flows.status.status", lambda file, observe: status)
    assert run(["status", "--exit-code"]) == code
    assert run(["status"]) == exits.DONE


def test_checks_that_take_long_or_cannot_be_asked_here_are_left_out() -> None:
    quick, slow, gone, far = (Key[int](name) for name in ("quick", "slow", "gone", "far"))
    probes = {
        quick: Probe(lambda: 1, timeout_s=CHEAP_S),
        slow: Probe(lambda: 1, timeout_s=CHEAP_S + 1),
        far: Withheld("an account"),
    }
    checks = [replace(CATALOGUE[0], needs=needs) for needs in ((quick,), (quick, slow), (gone,), (far,), ())]
    assert [check.needs for check in cheap(checks, probes)] == [(quick,), ()]


def known(text: str, resources: list[dict[str, Any]]) -> Known:
    backend = Backend("file:///x", "x", "s", "passphrase", None)
    stored = Stored(tuple(resources), {}, "", 1)
    settings = parse(text)
    return Known(settings, ROOT, Place(settings.state, backend, Site(ROOT, ROOT, {}), stored))


def test_what_was_spent_grows_from_the_first_thing_that_was_made() -> None:
    made = [
        {"type": "a:b:C", "custom": True, "created": "2026-07-30T12:00:00.123456789Z"},
        {"type": "a:b:C", "custom": True, "created": "2026-07-31T12:00:00Z"},
    ]
    two, four = (_spent(known(GKE, made), NOW + timedelta(days=days)) for days in (0, 2))
    assert two and four
    assert two.since == datetime(2026, 7, 30, 12, 0, 0, 123456, tzinfo=UTC)
    assert four.usd == pytest.approx(2 * two.usd, rel=1e-4)
    assert _spent(known(GKE, []), NOW) is None


def test_what_the_state_hands_out_is_found_in_it() -> None:
    stack = {"type": "pulumi:pulumi:Stack", "outputs": STATUS.outputs.as_dict() if STATUS.outputs else {}}
    assert known(GKE, [stack]).outputs == STATUS.outputs
    assert known(GKE, [{"type": "pulumi:pulumi:Stack", "outputs": {"address": "x"}}]).outputs is None
    assert not known(GKE, [stack]).deployed
