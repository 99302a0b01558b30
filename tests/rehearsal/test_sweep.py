"""What a killed rehearsal left is removed, processes included; a living one and a kept one are not touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from binder_deploy.rehearsal import folders, processes, record, sweep
from binder_deploy.rehearsal.environment import MARK


@pytest.fixture
def child() -> Iterator[Callable[[Path | None], subprocess.Popen[bytes]]]:
    """Starts a process that carries a rehearsal's mark, or none."""
    started: list[subprocess.Popen[bytes]] = []

    def start(folder: Path | None, argument: str = "") -> subprocess.Popen[bytes]:
        environ = {**os.environ, **({MARK: str(folder)} if folder else {})}
        process = subprocess.Popen([sys.executable, "-c", "input()", argument], env=environ, stdin=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whatever its exit code: psutil may have collected it before us."""
    return process.wait(5) is not None and not psutil.pid_exists(process.pid)


def rehearsal(root: Path, id: str) -> Path:
    folder = folders.rehearsals(root) / id
    folder.mkdir()
    (folder / record.NAME).touch()
    return folder


def test_the_dead_are_removed_with_their_processes(
    tmp_path: Path, child: Callable[[Path | None], subprocess.Popen[bytes]]
) -> None:
    folder = rehearsal(tmp_path, "dead")
    process = child(folder)
    assert sweep.sweep(tmp_path) == [sweep.Swept("dead", 1)]
    assert has_ended(process)
    assert not folder.exists()


def test_the_living_are_not_touched(tmp_path: Path, child: Callable[[Path | None], subprocess.Popen[bytes]]) -> None:
    folder = rehearsal(tmp_path, "alive")
    process = child(folder)
    with folders.lock(folder):
        assert sweep.sweep(tmp_path) == []
    assert process.poll() is None and folder.exists()


def test_the_kept_end_only_by_their_name(
    tmp_path: Path, child: Callable[[Path | None], subprocess.Popen[bytes]]
) -> None:
    folder = rehearsal(tmp_path, "kept")
    (folder / folders.KEPT).touch()
    process = child(folder)
    assert sweep.sweep(tmp_path) == []
    assert sweep.kept(tmp_path) == ["kept"]
    with pytest.raises(sweep.NoSuchRehearsalError, match="kept: kept"):
        sweep.end("../kept", tmp_path)
    assert process.poll() is None
    assert sweep.end("kept", tmp_path) == sweep.Swept("kept", 1)
    assert has_ended(process) and not folder.exists()


def test_somebody_who_only_reads_a_log_is_no_part_of_it(
    tmp_path: Path, child: Callable[..., subprocess.Popen[bytes]]
) -> None:
    folder = rehearsal(tmp_path, "dead")
    reader = child(None, argument=str(folder / "logs/controllers.log"))
    other = child(folders.rehearsals(tmp_path) / "dead-2")
    assert processes.of(folder) == []
    sweep.sweep(tmp_path)
    assert reader.poll() is None and other.poll() is None


def test_a_process_that_ignores_the_polite_signal_ends_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "POLITE", 0.3)
    folder = rehearsal(tmp_path, "dead")
    script = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, MARK: str(folder)}, stdout=subprocess.PIPE
    ) as stubborn:
        assert stubborn.stdout is not None and stubborn.stdout.readline() == b"\n"
        sweep.sweep(tmp_path)
        assert has_ended(stubborn)


def test_a_folder_that_is_being_made_is_left_alone(tmp_path: Path) -> None:
    folder = folders.rehearsals(tmp_path) / "newborn"
    folder.mkdir()
    assert sweep.sweep(tmp_path) == []
    old = time.time() - sweep.NEWBORN - 1
    os.utime(folder, (old, old))
    assert sweep.sweep(tmp_path) == [sweep.Swept("newborn", 0)]
