"""The real launch: a real hub starts a real server, a cell runs in it, and it is gone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from binder_deploy.checks.catalogue.launch import CHECKS
from binder_deploy.checks.facts.launch import CANARY
from binder_deploy.checks.launch.model import LaunchFailed, Request
from binder_deploy.checks.launch.prove import prove
from binder_deploy.checks.launch.server import reach, stop
from binder_deploy.checks.launch.spec import parse
from binder_deploy.checks.model import Failed, Outcome, Probe, Skipped
from binder_deploy.checks.probes.launch import canary_probes
from binder_deploy.checks.runner import run

pytestmark = pytest.mark.system

WHOLE = ["ask", "queue", "clone", "build", "push", "launch", "server", "cell", "stop"]
CHECK_IN_ANOTHER_PROGRAM = """
import sys
from binder_deploy.checks.catalogue.launch import CHECKS
from binder_deploy.checks.probes.launch import canary_probes
from binder_deploy.checks.runner import run
run(CHECKS, canary_probes(sys.argv[1]))
"""


def verdicts(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    return {o.check.id: type(o.verdict).__name__ for o in outcomes}


@pytest.mark.shows("BD-CAN-001", "passed")
@pytest.mark.shows("BD-CAN-002", "passed")
@pytest.mark.shows("BD-CAN-003", "passed")
@pytest.mark.shows("BD-CAN-004", "passed")
@pytest.mark.shows("BD-CAN-005", "passed")
def test_a_canary_builds_once_computes_and_leaves_nothing(
    jupyterhub: Any, binder: Callable[[Any], Any], builds: Callable[..., Any]
) -> None:
    script = builds()
    probes = canary_probes(binder(script).url)
    canary = probes[CANARY].collect()
    assert [stage.name for stage in canary.first.stages] == WHOLE
    assert [stage.name for stage in canary.again.stages] == ["ask", "launch", "server", "cell", "stop"]
    assert canary.first.cell.language == "python"
    assert "collected 12 packages" in canary.first.log
    assert len(script.users) == 2
    assert jupyterhub.running(script.users) == []
    outcomes = run(CHECKS, {CANARY: Probe(lambda: canary)})
    assert set(verdicts(outcomes).values()) == {"Passed"}


@pytest.mark.shows("BD-CAN-001", "failed")
def test_a_server_that_does_not_start_is_told_with_its_stage_and_the_log(
    binder: Callable[[Any], Any], builds: Callable[..., Any]
) -> None:
    outcomes = run(CHECKS, canary_probes(binder(builds(image="broken")).url))
    first = outcomes[0].verdict
    assert isinstance(first, Failed)
    assert "fails in stage launch" in first.message
    assert "Launching server" in first.message
    assert "Step 1/3" in first.detail
    others = {type(o.verdict) for o in outcomes[1:]}
    assert others == {Skipped}, "what was not launched has shown nothing"


@pytest.mark.shows("BD-CAN-002", "failed")
def test_a_server_without_a_kernel_is_of_no_use_and_stopped(
    jupyterhub: Any, binder: Callable[[Any], Any], builds: Callable[..., Any]
) -> None:
    script = builds(image="no-kernel")
    outcomes = run(CHECKS, canary_probes(binder(script).url))
    assert verdicts(outcomes)["BD-CAN-002"] == "Failed"
    assert verdicts(outcomes)["BD-CAN-001"] == "Passed"
    assert "no kernel" in outcomes[1].verdict.message
    assert jupyterhub.running(script.users) == []


@pytest.mark.shows("BD-CAN-003", "failed")
@pytest.mark.shows("BD-CAN-004", "failed")
@pytest.mark.shows("BD-CAN-005", "failed")
def test_a_registry_that_cannot_be_read_a_server_that_stays_and_a_slow_launch_are_told(
    jupyterhub: Any, binder: Callable[[Any], Any], builds: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binder_deploy.checks.probes.launch.SERVER_S", 8.0)
    monkeypatch.setattr("binder_deploy.checks.rules.launch.FIRST_S", 0.5)
    script = builds(image="stubborn", readable=False)
    try:
        outcomes = run(CHECKS, canary_probes(binder(script).url))
        assert sorted(jupyterhub.running(script.users, within_s=0)) == sorted(script.users)
    finally:
        jupyterhub.kill(script.users)
    assert verdicts(outcomes) == {
        "BD-CAN-001": "Passed",
        "BD-CAN-002": "Passed",
        "BD-CAN-003": "Failed",
        "BD-CAN-004": "Failed",
        "BD-CAN-005": "Failed",
    }
    assert "it still answers" in outcomes[2].verdict.message


def test_a_kept_server_runs_on_and_another_s_token_opens_nothing(
    jupyterhub: Any, binder: Callable[[Any], Any], builds: Callable[..., Any]
) -> None:
    script = builds()
    request = Request(binder(script).url, parse("owner/repo"))
    proof = prove(request, lambda _: None, keep=True)
    assert proof.server
    assert jupyterhub.running(script.users, within_s=0) == script.users
    with pytest.raises(LaunchFailed, match="its address gives 403"):
        reach(replace(request, server_timeout_s=1.0), replace(proof.server, token="wrong"))
    stop(request, proof.server)
    assert jupyterhub.running(script.users) == []


@pytest.mark.parametrize(
    "program",
    [
        ["-m", "binder_deploy.cli", "launch", "owner/repo", "--url"],
        ["-c", CHECK_IN_ANOTHER_PROGRAM],
    ],
    ids=["launch", "check"],
)
def test_an_interrupted_program_still_stops_the_server_that_it_was_waiting_for(
    program: list[str], jupyterhub: Any, binder: Callable[[Any], Any], builds: Callable[..., Any]
) -> None:
    script = builds()
    started = subprocess.Popen([sys.executable, *program, binder(script).url], stderr=subprocess.PIPE)
    assert script.launching.wait(60)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=120)
    assert started.returncode != 0
    assert len(script.users) == 1
    assert jupyterhub.running(script.users) == [], said.decode()
