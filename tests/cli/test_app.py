"""What a command line comes to: an exit code, and words that say what to do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from binder_deploy.charts.errors import ChartsError, DigestMismatch
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Failed, Outcome
from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.errors import Advice, Blocked, LeftoversFound, Refused, Stopped
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.leftovers import Leftover, Sweep
from binder_deploy.stacks.errors import EngineError, Interrupted
from binder_deploy.stacks.passphrase import PassphraseLost
from binder_deploy.tools.report import Attempt, ToolsError

BLOCKING = Outcome(CATALOGUE[0], Failed("it does not fit", "make it larger"), 0.0)
LEFT = Sweep((Leftover("disk", "pvc-1", "billed by the GB", "gcloud compute disks delete pvc-1"),))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError.one("a.b", "is wrong"), exits.USAGE),
        (Refused("no"), exits.USAGE),
        (Blocked([BLOCKING]), exits.BLOCKED),
        (LeftoversFound(LEFT), exits.LEFTOVERS),
        (DigestMismatch("a.tgz", "1" * 64, "binder.lock.yaml archives.a.sha256", "2" * 64), exits.BLOCKED),
        (ChartsError("a.tgz", "is damaged"), exits.FAILED),
        (ToolsError([Attempt("etcd", "build", "", "no Go")], ["bring it"]), exits.FAILED),
        (EngineError("up", [], [], "it broke"), exits.FAILED),
        (Interrupted("up"), exits.INTERRUPTED),
        (PassphraseLost("gone"), exits.AUTHENTICATION),
        (Stopped(EngineError("up", [], [], ""), Advice("", "", "")), exits.FAILED),
        (Stopped(Interrupted("up"), Advice("", "", "")), exits.INTERRUPTED),
        (KeyboardInterrupt(), exits.INTERRUPTED),
        (OSError(errno.ENOSPC, "No space left on device", "x"), exits.FAILED),
        (OSError(errno.EIO, "Input/output error"), None),
        (RuntimeError("a bug"), None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_every_known_error_has_its_exit_code(error: BaseException, code: int | None) -> None:
    assert exits.exit_code(error) == code


def test_every_exit_code_is_explained() -> None:
    assert sorted(exits.MEANINGS) == [0, 1, 2, 3, 4, 5, 6, 70, 130]


@pytest.mark.parametrize(
    "arguments",
    [
        ["rehears"],
        ["up", "--yess"],
        ["check", "--phase", "nope"],
        ["check", "--only", "BD-NO-001"],
        ["config", "example", "aks"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == exits.USAGE
    assert capsys.readouterr().err.strip()


def test_invalid_settings_are_told_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "binder.yaml"
    file.write_text("version: 1\nnme: x\n")
    assert run(["config", "validate", "--file", str(file)]) == exits.USAGE
    said = " ".join(capsys.readouterr().err.split())
    for words in ("nme: unknown key; did you mean name?", "platform: is missing", "tls: is missing"):
        assert words in said


def test_a_crash_goes_to_a_log_and_not_to_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("binder_deploy.settings.load.load", lambda _: 1 / 0)
    assert run(["config", "validate"]) == exits.BUG
    said = capsys.readouterr().err
    assert "This is a bug in binder-deploy: ZeroDivisionError" in said
    assert "Traceback" not in said
    (log,) = tmp_path.rglob("bug-*.log")
    assert "ZeroDivisionError: division by zero" in log.read_text()


def test_local_state_in_ci_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    (tmp_path / "binder.yaml").write_text((Path(__file__).parents[2] / "examples" / "gke.yaml").read_text())
    assert run(["up", "--yes", "--file", str(tmp_path / "binder.yaml")]) == exits.USAGE


def test_the_example_can_be_written_and_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "example"]) == exits.DONE
    (tmp_path / "binder.yaml").write_text(capsys.readouterr().out)
    assert run(["config", "validate", "--file", str(tmp_path / "binder.yaml")]) == exits.DONE


def test_the_page_of_a_check_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--explain", "BD-STO-002"]) == exits.DONE
    assert "## Fix" in capsys.readouterr().out


def test_checks_of_the_settings_need_no_tool_and_no_cloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binder.yaml").write_text((Path(__file__).parents[2] / "examples" / "gke.yaml").read_text())
    arguments = ["check", "--phase", "settings", "--json", "--file", str(tmp_path / "binder.yaml")]
    assert run(arguments) == exits.DONE
    assert '"schema": "binder-deploy/checks/v1"' in capsys.readouterr().out


@pytest.mark.system
def test_help_is_instant_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from binder_deploy.cli.app import run; run(['--help']);"
        "print([m for m in ('pulumi', 'kubernetes', 'pydantic', 'rich', 'httpx') if m in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"
    times = []
    for _ in range(5):
        before = os.times()
        subprocess.run([sys.executable, "-m", "binder_deploy.cli", "--help"], capture_output=True, check=True)
        after = os.times()
        times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    # Seconds of work, the least of five: by the clock it would tell what else this machine does.
    assert min(times) < 0.3


def test_a_question_without_a_terminal_names_flag_and_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    from binder_deploy.cli.commands.asking import confirm, confirm_name

    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(Refused, match="--yes or BINDER_DEPLOY_YES=1"):
        confirm("Go on?", yes=False)
    with pytest.raises(Refused, match="--name x or BINDER_DEPLOY_NAME=x"):
        confirm_name("x", given="")
    assert confirm("Go on?", yes=True)
    assert confirm_name("x", given="x")
    assert not confirm_name("x", given="y")
