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
    with run_log(file, "down", lambda event: None):
        pass
    left = sorted(log.name for log in work.rglob("*.log"))
    assert len(left) == KEPT
    assert left[0] == "20200101-000006-up.log"
    assert left[-1].endswith("-down.log")


def test_nothing_is_made_in_a_folder_without_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError), run_log(tmp_path / "binder.yaml", "down", lambda event: None):
        pass
    assert list(tmp_path.iterdir()) == []
