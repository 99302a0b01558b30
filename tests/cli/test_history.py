"""Who ran what is told once, from the state and from this folder's logs, also of a run that was killed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.events import Notice
from binder_deploy.cli.flows.history import Entry, together, unfinished
from binder_deploy.cli.flows.runs import Result, Run, runs
from binder_deploy.cli.ui.history import entry_line
from binder_deploy.cli.ui.run_log import run_log
from binder_deploy.stacks.errors import Interrupted
from binder_deploy.stacks.past import Operation
from binder_deploy.stacks.who import who

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"
START = datetime(2026, 8, 1, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "binder.yaml"
    file.write_bytes(GKE.read_bytes())
    return file


def logged(file: Path) -> Run:
    (found,) = runs(file.parent / ".binder-deploy")
    return found


def test_a_log_tells_who_ran_what_and_how_it_ended(file: Path) -> None:
    with run_log(file, "up", lambda event: None) as observe:
        observe(Notice("x"))
    found = logged(file)
    assert (found.command, found.by, found.result, found.why) == ("up", who(), "done", "")
    assert abs(found.start - datetime.now(UTC)) < timedelta(minutes=1)
    assert found.start.tzinfo is not None


def test_an_error_of_several_lines_is_told_by_its_first_words(file: Path) -> None:
    with pytest.raises(RuntimeError), run_log(file, "up", lambda event: None):
        raise RuntimeError("quota exceeded\nand more of it")
    assert (logged(file).result, logged(file).why) == ("failed", "quota exceeded")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Interrupted("up")])
def test_an_interrupt_is_one(file: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), run_log(file, "down", lambda event: None):
        raise error
    assert logged(file).result == "interrupted"


@pytest.mark.parametrize(("pid", "result"), [(os.getpid(), "running"), (2**22 + 1, "cut off")], ids=["running", "gone"])
def test_a_log_without_an_end_is_of_a_run_that_goes_on_or_was_killed(tmp_path: Path, pid: int, result: Result) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "20260801-120000-up.log").write_text(f"by me@here, process {pid}\n  1.0 s  deploy …\n")
    (found,) = runs(tmp_path)
    assert found.result == result
    assert found.by == "me@here"


def test_logs_of_older_versions_and_other_files_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "20260801-120000-up.log").write_text("  1.0 s  deploy …\ndone\n")
    (tmp_path / "logs" / "notes.log").write_text("mine")
    (found,) = runs(tmp_path)
    assert (found.by, found.result) == ("", "done")


def ran(at_minute: int, what: str = "up", result: Result = "done", by: str = "me@here") -> Run:
    start = START + timedelta(minutes=at_minute)
    return Run(command=what, start=start, end=start + timedelta(minutes=5), by=by, result=result, why="", log=Path("l"))


def operation(at_minute: float, kind: str = "update", result: str = "succeeded", by: str = "me@here") -> Operation:
    start = START + timedelta(minutes=at_minute)
    return Operation(
        kind=kind, result=result, start=start, end=start + timedelta(minutes=1), changes={"create": 2}, by=by
    )


def told(entry: Entry) -> tuple[str, str, str, str, bool]:
    return entry.what, entry.by, entry.result, entry.changes, entry.log is not None


def test_what_the_state_and_a_log_both_know_is_told_once() -> None:
    past = together(
        [operation(61, by="you@there"), operation(2), operation(1), operation(-60, "destroy", "failed", by="")],
        [ran(0), ran(30, "down", "failed")],
    )
    assert list(map(told, past)) == [
        ("up", "you@there", "done", "2 created", False),
        ("down", "me@here", "failed", "", True),
        ("up", "me@here", "done", "4 created", True),
        ("down", "", "failed", "2 created", False),
    ]


def test_what_somebody_else_did_meanwhile_is_theirs() -> None:
    past = together([operation(1, by="you@there")], [ran(0)])
    assert [entry.by for entry in past] == ["me@here", "you@there"] or [e.by for e in past] == ["you@there", "me@here"]


@pytest.mark.parametrize(
    ("results", "expected"),
    [(["done"], None), (["failed", "done"], "failed"), (["cut off"], "cut off"), (["running"], None), ([], None)],
)
def test_work_is_left_after_an_end_that_came_early(results: list[Result], expected: str | None) -> None:
    past = together([], [ran(-10 * n, result=result) for n, result in enumerate(results)])
    found = unfinished(past)
    assert (found.result if found else None) == expected
    after = unfinished(together([], [ran(10, "maintenance"), *(ran(-10 * n, result=r) for n, r in enumerate(results))]))
    assert (after.result if after else None) == expected, "another command finishes nothing"


def test_a_line_says_it_all() -> None:
    (entry,) = together([operation(1)], [ran(0, result="failed")])
    line = entry_line(entry)
    for words in ("up", "failed in 5 min 00 s", "2 created", "me@here", "log: l"):
        assert words in line


def test_the_command_needs_no_tools_where_nothing_was_done(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_deploy.cli.flows.living.get_tools", lambda *_, **__: 1 / 0)
    assert run(["history", "--json", "--file", str(file)]) == exits.DONE
    said = capsys.readouterr()
    assert json.loads(said.out) == {"schema": "binder-deploy/history/v1", "entries": []}
    assert "Nothing was done yet" in said.err
    assert not (file.parent / ".binder-deploy").exists()
