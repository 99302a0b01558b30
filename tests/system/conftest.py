"""Rehearsals as a person runs them: the real program in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from ruamel.yaml import YAML

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"
PROGRAM = [sys.executable, "-m", "binder_deploy.cli"]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str
    seconds: float
    peak_bytes: int
    """Most memory that its process tree held at one time (proportional share, so that shared pages count once)."""

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]
Start = Callable[..., "subprocess.Popen[str]"]


def begin(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command in a folder."""
    home.mkdir(exist_ok=True)
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=home,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as a terminal would: a signal to its group reaches what it started
    )


def carry_out(home: Path, cache: Path, *arguments: str) -> Ended:
    """Run a command in a folder to its end."""
    started = time.monotonic()
    with begin(home, *arguments) as process:
        meter = Meter(process.pid, cache)
        meter.start()
        out, err = process.communicate(timeout=900)
        meter.done.set()
        meter.join()
    return Ended(process.returncode, out, err, time.monotonic() - started, meter.peak)


@pytest.fixture
def start(tmp_path: Path, cache: Path) -> Start:
    """Start a command in a folder of the test's own, with a cache of the test's own."""
    return partial(begin, tmp_path / "deployment")


@pytest.fixture
def run(tmp_path: Path, cache: Path) -> Run:
    """Run a command to its end in a folder of the test's own, with a cache of the test's own."""
    return partial(carry_out, tmp_path / "deployment", cache)


@dataclass(frozen=True)
class Rehearsed:
    """A whole rehearsal of a copy of the example, and where it was run."""

    ended: Ended
    folder: Path
    cache: Path


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory, session_cache: Path) -> Rehearsed:
    """The main job, once for all tests that look at what came of it; with certificates that change on the way."""
    cache = session_cache
    folder = tmp_path_factory.mktemp("deployment")
    staged = GKE.read_text(encoding="utf-8").replace("server: production", "server: staged")
    (folder / "binder.yaml").write_text(staged, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BINDER_DEPLOY_CACHE", str(cache))
        return Rehearsed(carry_out(folder, cache, "rehearse", "--json"), folder, cache)


class Meter(threading.Thread):
    """Samples the memory of a process tree; control-plane programs are found by the folder they were started for."""

    def __init__(self, pid: int, cache: Path) -> None:
        super().__init__(daemon=True)
        self._pid, self._cache = pid, str(cache)
        self.done, self.peak = threading.Event(), 0

    def run(self) -> None:
        while not self.done.wait(1.0):
            self.peak = max(self.peak, sum(map(_memory, self._tree())))

    def _tree(self) -> set[psutil.Process]:
        found: set[psutil.Process] = set()
        for process in psutil.process_iter():
            try:
                if process.pid == self._pid or any(self._cache in part for part in process.cmdline()):
                    found |= {process, *process.children(recursive=True)}
            except psutil.Error:
                continue
        return found


def _memory(process: psutil.Process) -> int:
    try:
        return int(getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss)
    except psutil.Error:
        return 0


@pytest.fixture
def settings_file(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], Path]:
    """A copy of the example with a change."""

    def write(change: Callable[[dict[str, Any]], None]) -> Path:
        yaml = YAML(typ="safe")
        data = yaml.load(GKE.read_text(encoding="utf-8"))
        change(data)
        file = tmp_path / "binder.yaml"
        with file.open("w", encoding="utf-8") as stream:
            yaml.dump(data, stream)
        return file

    return write
