"""`check --report` writes what is asked for, by the file's name, and knows before the work whether it can."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Crashed, Failed, Outcome, Passed, Skipped, Warned
from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.ui.verdicts import show_outcomes
from binder_deploy.cli.ui.written import noting

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
SMALL = GKE.replace("build: { machine: e2-standard-4", "build: { machine: e2-medium")


def test_each_format_is_written_also_when_a_check_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binder.yaml").write_text(SMALL + "\nchecks: { phases: [settings] }\n")
    names = ["r.json", "r.xml", "r.sarif", "r.html"]
    arguments = [part for name in names for part in ("--report", name)]
    code = run(["check", "--only", "BD-SET-010", *arguments])
    assert code == exits.DONE
    assert json.loads((tmp_path / "r.json").read_text())["run"]["deployment"] == "campus-binder"
    assert Xml.parse(tmp_path / "r.xml").getroot().get("tests") == "1"  # noqa: S314
    assert json.loads((tmp_path / "r.sarif").read_text())["runs"][0]["tool"]["driver"]["name"] == "binder-deploy"
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("command", "name", "words"),
    [
        (["check"], "r.pdf", "let it end in .json (JSON), .xml (JUnit)"),
        (["check"], "none/r.json", "there is no folder none"),
        (["rehearse"], "r.txt", "let it end in"),
        (["up", "--yes"], "report", "let it end in"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    command: list[str],
    name: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binder.yaml").write_text(GKE)
    assert run([*command, "--report", name]) == exits.USAGE
    assert words in " ".join(capsys.readouterr().err.split())
    assert [file.name for file in tmp_path.iterdir()] == ["binder.yaml"]


def test_a_flow_that_ends_early_still_leaves_its_outcomes() -> None:
    noted: dict[str, Outcome] = {}
    seen: list[object] = []
    note = noting(noted, seen.append)
    first, again = Outcome(CATALOGUE[0], Failed("x", "y"), 0), Outcome(CATALOGUE[0], Passed(), 0)
    for event in (first, "else", again):
        note(event)
    assert list(noted.values()) == [again]
    assert seen == [first, "else", again]


OUTCOMES = [
    Outcome(check, verdict, 0.1)
    for check, verdict in zip(
        (check for check in CATALOGUE if check.blocks),
        (
            Passed("twelve fit"),
            Failed("a pool is too small for this", "make the pool larger"),
            Warned("take care", "mend it", ignored=True),
            Crashed("KeyError: x"),
            Skipped("unknown", "could not be asked: nodes", "ApiRefused: 403 for /api/v1/nodes"),
            Skipped("unknown", "could not be asked: pods", "pods: nothing was given to ask"),
            Skipped("not applicable", "no such thing"),
        ),
        strict=False,
    )
]


@pytest.mark.parametrize("width", [80, 60])
def test_the_table_fits_its_screen_and_needs_no_colour(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    show_outcomes(OUTCOMES, Console(width=width, no_color=True, force_terminal=False))
    said = capsys.readouterr().out
    assert max(len(line.rstrip()) for line in said.splitlines()) <= width
    assert "\x1b" not in said
    words = " ".join(said.split())
    for expected in (
        "✓ passed", "✗ failed", "! warned", "☠ crashed", "· skipped 2 checks could not be asked: nodes, pods",
        "ApiRefused: 403", "Fix: make the pool larger", "● Blocked by 2 checks: 1 passed, 1 warned,",
        f"--explain {OUTCOMES[1].check.id}",
    ):  # fmt: skip
        assert expected in words


def test_what_a_line_continues_stays_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    show_outcomes([Outcome(CATALOGUE[0], Failed("word " * 40, "mend " * 40), 0.1)], Console(width=80))
    lines = [line for line in capsys.readouterr().out.splitlines() if "word word" in line or "mend mend" in line]
    column = {len(line) - len(line.lstrip()) for line in lines}
    assert len(lines) > 4
    assert len(column) == 1, "nothing hangs below the marks"


def test_a_failure_that_blocks_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    mild = next(check for check in CATALOGUE if not check.blocks)
    show_outcomes([Outcome(mild, Failed("x", "y"), 0.1)], Console(width=80))
    said = " ".join(capsys.readouterr().out.split())
    assert "(blocks nothing)" in said
    assert "● Nothing blocks" in said
