"""Before any command it can be said how much is shown, and whether in colour."""

from __future__ import annotations

import io
import os

import pytest

from binder_deploy.checks.model import Check, Failed, Outcome, Passed, Phase
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.events import Notice, PhaseEnded, PhaseStarted
from binder_deploy.cli.ui.look import VERBOSITY, Color, Verbosity, set_look, verbosity
from binder_deploy.cli.ui.plain import PlainScreen

CHECK = Check("BD-TEST-001", "holds", Phase.CLUSTER, (), lambda facts: Passed())
EVENTS = (
    PhaseStarted("up", "deploy"),
    Outcome(CHECK, Passed("well"), 0.1),
    Outcome(CHECK, Failed("broken", "mend it"), 0.1),
    Notice("read this"),
    PhaseEnded("up", "deploy", "done", 1.0, "41 created"),
    PhaseEnded("checks", "check deployment", "failed", 1.0, ""),
)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VERBOSITY, "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.setenv(name, "")  # so that what the test changes is undone
        monkeypatch.delenv(name)


def shown(wanted: Verbosity) -> str:
    out = io.StringIO()
    screen = PlainScreen(out, wanted)
    for event in EVENTS:
        screen(event)
    return out.getvalue()


def test_quiet_tells_what_must_be_read_and_nothing_else() -> None:
    told = shown(Verbosity.QUIET)
    assert [part in told for part in ("broken", "read this", "check deployment: failed")] == [True] * 3
    assert [part in told for part in ("deploy …", "41 created", "well")] == [False] * 3


def test_verbose_tells_every_verdict() -> None:
    assert "BD-TEST-001 well" in shown(Verbosity.VERBOSE)
    assert "well" not in shown(Verbosity.NORMAL)


def test_quiet_and_verbose_at_once_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-q", "-v", "check", "--list"]) == 2
    assert "choose one" in capsys.readouterr().err


def test_what_is_said_reaches_child_processes() -> None:
    set_look(Verbosity.QUIET, Color.NEVER)
    assert verbosity() is Verbosity.QUIET
    assert os.environ["NO_COLOR"] == "1"
    set_look(None, Color.ALWAYS)
    assert verbosity() is Verbosity.QUIET
    assert "NO_COLOR" not in os.environ


def test_a_word_that_is_none_counts_as_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VERBOSITY, "loud")
    assert verbosity() is Verbosity.NORMAL
