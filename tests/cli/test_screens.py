"""The same events on a live screen, in plain lines and as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Failed, Outcome, Passed, Skipped
from binder_deploy.cli.flows.errors import Advice, Blocked, LeftoversFound, Stopped
from binder_deploy.cli.flows.events import Notice, PhaseEnded, PhaseStarted, phase
from binder_deploy.cli.flows.rehearse import Result
from binder_deploy.cli.ui.console import seconds
from binder_deploy.cli.ui.failure import show_failure
from binder_deploy.cli.ui.live import LiveScreen
from binder_deploy.cli.ui.plain import PlainScreen
from binder_deploy.cli.ui.report import rehearsal_data, show_next, show_rehearsal
from binder_deploy.settings.leftovers import Leftover, Sweep, Unasked
from binder_deploy.settings.load import parse
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.events import Diagnostic, ResourceStep, Status
from binder_deploy.tools.report import Progress

EXAMPLES = Path(__file__).parents[2] / "examples"
URN = "urn:pulumi:s::p::gcp:container/cluster:Cluster::cluster-control-plane"
STEP = ResourceStep(URN, "gcp:container/cluster:Cluster", "cluster-control-plane", "create", "started")
FAILED = Outcome(CATALOGUE[0], Failed("too small", "make it larger"), 0.1)
PLAYED = Outcome(CATALOGUE[1], Skipped("simulated", "played"), 0.1)
PASSED = Outcome(CATALOGUE[2], Passed(), 0.1)
ENDED = PhaseEnded("up", "deploy", "done", 41.3, "55 created")

EVENTS = [
    PhaseStarted("up", "deploy"),
    Notice("stand-ins"),
    STEP,
    Status(URN, "waiting for nodes"),
    Progress("build", ("pulumi",), "building", 400, 1600, 130.0, 500.0),
    Diagnostic("error", "it broke"),
    FAILED,
    PASSED,
    ENDED,
]


def live() -> tuple[LiveScreen, io.StringIO]:
    out = io.StringIO()
    return LiveScreen(Console(file=out, force_terminal=True, width=80, no_color=True)), out


def test_the_live_screen_shows_the_running_step_with_what_it_waits_for() -> None:
    screen, out = live()
    for event in EVENTS[:5]:
        screen(event)
    console = Console(file=out, width=80)
    console.print(screen._render())
    shown = out.getvalue()
    assert "creating  gcp Cluster cluster-control-plane" in shown
    assert "waiting for nodes" in shown
    assert "building  400/1600" in shown


def test_the_live_screen_keeps_what_must_be_read_and_not_what_passed() -> None:
    screen, out = live()
    with screen:
        for event in EVENTS:
            screen(event)
    shown = out.getvalue()
    for words in ("stand-ins", "it broke", "BD-SET-001", "too small", "deploy", "41 s", "55 created"):
        assert words in shown
    assert PASSED.check.id not in shown


def test_plain_lines_carry_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainScreen() as screen:
        for event in EVENTS:
            screen(event)
    said = capsys.readouterr().err
    for words in (
        "deploy …",
        "note: stand-ins",
        "creating gcp Cluster",
        "error: it broke",
        "failed: BD-SET-001 too small",
    ):
        assert words in said
    assert "deploy: done in 41 s. 55 created" in said
    assert "\x1b" not in said


def test_a_phase_tells_its_end_whatever_way_it_ends() -> None:
    seen: list[object] = []
    for error, result in ((None, "done"), (ValueError("x"), "failed"), (KeyboardInterrupt(), "interrupted")):
        try:
            with phase(seen.append, "p", "p") as current:
                current.note = "so far"
                if error:
                    raise error
        except BaseException as raised:
            assert raised is error
        ended = seen[-1]
        assert isinstance(ended, PhaseEnded)
        assert (ended.result, ended.note) == (result, "so far")


def test_the_report_says_what_was_not_shown() -> None:
    result = Result(phases=[ENDED], stand_ins=("traefik",))
    result.asked |= {o.check.id: o for o in (FAILED, PLAYED, PASSED)}
    out = io.StringIO()
    show_rehearsal(result, Console(file=out, width=100))
    assert "1 passed, 1 failed, 1 skipped" in out.getvalue()
    assert "1 checks rest on played facts" in out.getvalue()
    data = json.loads(json.dumps(rehearsal_data(result)))
    assert data["schema"] == "binder-deploy/rehearsal/v1"
    assert data["stand_ins"] == ["traefik"]
    assert data["phases"][0] == {"name": "up", "result": "done", "seconds": 41.3, "note": "55 created"}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Blocked([FAILED]), ["BD-SET-001", "too small", "Fix: make it larger", "check --explain BD-SET-001"]),
        (
            LeftoversFound(
                Sweep((Leftover("disk", "pvc-1", "billed by the GB", "gcloud rm"),), (Unasked("router", "403"),))
            ),
            ["1 left over", "disk pvc-1", "billed by the GB", "gcloud rm", "router: could not be asked (403)"],
        ),
        (
            Stopped(
                EngineError(
                    "up", [Diagnostic("error", "quota exceeded"), Diagnostic("error", "update failed")], [], ""
                ),
                Advice(
                    "12 resources exist.", "`binder-deploy up` goes on from here", "`binder-deploy down` removes it"
                ),
            ),
            ["quota exceeded", "12 resources exist.", "Go on:", "binder-deploy up", "Clean up:", "binder-deploy down"],
        ),
    ],
    ids=["blocked", "leftovers", "stopped halfway"],
)
def test_an_error_says_what_it_means_and_what_to_run(
    error: Exception, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    show_failure(error)
    said = " ".join(capsys.readouterr().err.split())
    for words in expected:
        assert words in said
    assert "update failed" not in said


@pytest.mark.parametrize(("value", "text"), [(0.42, "0.4 s"), (12.4, "12 s"), (185, "3 min 05 s")])
def test_times_are_readable(value: float, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(("state", "kept"), [("", True), ("state: { kind: bucket, url: gs://campus-state }\n", False)])
def test_after_a_deployment_the_commands_for_what_comes_next_are_there_to_copy(state: str, kept: bool) -> None:
    out = io.StringIO()
    settings = parse((EXAMPLES / "gke.yaml").read_text(encoding="utf-8") + state)
    show_next(settings, Console(file=out, width=80), " --file 'my binder.yaml'")
    lines = out.getvalue().splitlines()
    for command in ("launch binder-examples/requirements", "status", "backup", "down"):
        assert any(line.startswith(f"  binder-deploy {command} --file 'my binder.yaml'") for line in lines), command
    assert ("Keep the folder .binder-deploy/" in out.getvalue()) == kept
