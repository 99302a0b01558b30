"""Which checks are asked: binder.yaml says it, the command line says it last, and a wrong id is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from binder_deploy.checks.model import Phase
from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.selection import Selection, refuse_unknown, selected
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.service import CheckPhase, Checks

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")


def test_the_settings_know_the_phases_that_there_are() -> None:
    assert list(get_args(CheckPhase)) == [phase.value for phase in Phase]


@pytest.mark.parametrize(
    ("settings", "flags", "expected"),
    [
        ({}, {}, Selection(wait_s=0)),
        ({"only": ["BD-SET-001"]}, {}, Selection(only=("BD-SET-001",), wait_s=0)),
        ({"only": ["BD-SET-001"]}, {"only": ("BD-SET-002",)}, Selection(only=("BD-SET-002",), wait_s=0)),
        ({"only": ["BD-SET-001"]}, {"phases": ("tls",)}, Selection(phases=("tls",), wait_s=0)),
        ({"phases": ["tls"]}, {"only": ("BD-SET-001",)}, Selection(only=("BD-SET-001",), wait_s=0)),
        ({"skip": ["BD-SET-001"]}, {"skip": ("BD-SET-002",)}, Selection(skip=("BD-SET-001", "BD-SET-002"), wait_s=0)),
        ({"skip": ["BD-SET-001"]}, {"only": ("BD-SET-001",)}, Selection(only=("BD-SET-001",), wait_s=0)),
        (
            {"ignore": ["BD-SET-001"]},
            {"ignore": ("BD-SET-002",)},
            Selection(ignore=("BD-SET-001", "BD-SET-002"), wait_s=0),
        ),
        ({"wait_seconds": 30}, {}, Selection(wait_s=30)),
        ({"wait_seconds": 30}, {"wait_s": 0.0}, Selection(wait_s=0.0)),
    ],
)
def test_the_command_line_has_the_last_word(
    settings: dict[str, Any], flags: dict[str, Any], expected: Selection
) -> None:
    assert Selection(**flags).over(Checks.model_validate(settings)) == expected


def test_every_misspelt_id_in_the_settings_is_told_with_its_near_miss() -> None:
    checks = Checks(skip=("BD-SET-001", "BD-STOO-002"), ignore=("BD-TLSS-001",), only=("BD-NONE-999",))
    with pytest.raises(SettingsError) as caught:
        refuse_unknown(checks)
    told = {problem.path: problem.message for problem in caught.value.problems}
    assert set(told) == {"checks.ignore", "checks.skip", "checks.only"}
    assert "did you mean BD-STO-002?" in told["checks.skip"]


@pytest.mark.parametrize("flag", ["--only", "--skip", "--ignore"])
def test_a_misspelt_id_on_the_command_line_is_refused(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--list", flag, "BD-STOO-002"]) == exits.USAGE
    assert "did you mean BD-STO-002?" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("command", [["check"], ["up", "--yes"]])
def test_a_misspelt_id_in_the_file_is_exit_2_before_anything_is_asked(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "binder.yaml").write_text(GKE + "\nchecks: { skip: [BD-STOO-002] }\n")
    assert run([*command, "--file", str(tmp_path / "binder.yaml")]) == exits.USAGE
    assert "checks.skip: BD-STOO-002" in " ".join(capsys.readouterr().err.split())


def test_what_the_file_skips_is_not_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binder.yaml").write_text(GKE + "\nchecks: { phases: [settings], skip: [BD-SET-009] }\n")
    assert run(["check", "--json", "--file", str(tmp_path / "binder.yaml")]) == exits.DONE
    said = capsys.readouterr().out
    assert "BD-SET-010" in said
    assert "BD-SET-009" not in said
    assert '"phase": "cluster"' not in said


def test_skipping_and_ignoring_differ() -> None:
    assert "BD-SET-001" not in {check.id for check in selected(Selection(skip=("BD-SET-001",)))}
    assert "BD-SET-001" in {check.id for check in selected(Selection(ignore=("BD-SET-001",)))}
