"""What a run told is kept in the deployment's folder, for its owner alone, also when the run ended early."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from binder_deploy.cli.flows.events import Notice, PhaseEnded
from binder_deploy.cli.ui.run_log import KEPT, run_log
from binder_deploy.settings.errors import SettingsError

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "binder.yaml"
    file.write_bytes(GKE.read_bytes())
    return file


def test_it_notes_what_the_screen_is_told_and_how_it_ended(file: Path) -> None:
    seen: list[object] = []
    with pytest.raises(RuntimeError), run_log(file, "up", seen.append) as observe:
        observe(Notice("stand-ins"))
        observe(PhaseEnded("up", "deploy", "failed", 2.0, "3 created"))
        raise RuntimeError("quota")
    (log,) = (file.parent / ".binder-deploy" / "runs").glob("*-up.log")
    text = log.read_text()
    assert re.match(r"binder-deploy up, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d, by .+, process \d+\n", text)
    assert "note: stand-ins" in text
    assert "deploy: failed in 2.0 s. 3 created" in text
    assert text.endswith("ended early: RuntimeError: quota\n")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert len(seen) == 2
    assert (file.parent / ".binder-deploy" / ".gitignore").read_text() == "*\n"


def test_old_ones_go(file: Path) -> None:
    work = file.parent / ".binder-deploy"
    for folder in ("logs", "runs"):  # an earlier version's lie in the first
        (work / folder).mkdir(parents=True)
    for number in range(KEPT + 5):
        (work / ("logs" if number < 7 else "runs") / f"20200101-0000{number:02}-up.log").write_text("")
    with run_log(file, "plan", lambda event: None):
        pass
    assert len(list(work.rglob("*-up.log"))) == KEPT + 5, "what often looks pushes no log of a change out"
    with run_log(file, "up", lambda event: None):
        pass
    left = sorted(log.name for log in work.rglob("*-up.log"))
    assert len(left) == KEPT
    assert left[0] == "20200101-000006-up.log"
    assert not left[-1].startswith("2020")


def test_nothing_is_made_in_a_folder_without_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError), run_log(tmp_path / "binder.yaml", "down", lambda event: None):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_look_where_nobody_has_worked_leaves_nothing_and_elsewhere_its_log(file: Path) -> None:
    seen: list[object] = []
    with run_log(file, "check", seen.append, anew=False) as observe:
        observe(Notice("looked"))
    assert len(seen) == 1
    assert [one.name for one in file.parent.iterdir()] == ["binder.yaml"]
    (file.parent / ".binder-deploy").mkdir()
    with run_log(file, "check", seen.append, anew=False) as observe:
        observe(Notice("looked"))
    (log,) = (file.parent / ".binder-deploy" / "runs").glob("*-check.log")
    assert "note: looked" in log.read_text()
