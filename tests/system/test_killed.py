"""A command is killed, or a call to the cloud fails; one more run converges, and `down` leaves nothing.

A seeded sample of `tests/endurance/kill_matrix.py` and `kill_rehearsal.py`, which run as many as one likes.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow]


def script(name: str) -> ModuleType:
    """One of the endurance scripts, as a module."""
    path = Path(__file__).parents[1] / "endurance" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_after_a_kill_the_next_rehearsal_cleans_up_and_passes(cache: Path, tmp_path: Path) -> None:
    endurance = script("kill_rehearsal")
    for number, moment in enumerate(endurance.points(3, seed=7, span_s=45.0)):
        (folder := tmp_path / str(number)).mkdir()
        point = endurance.kill_at(moment, cache.resolve(), folder)
        assert point.converged, point


def test_after_a_cut_one_more_run_converges_and_down_leaves_nothing(cache: Path) -> None:
    matrix = script("kill_matrix")
    points = list(matrix.round_of(1, 1, matrix.VICTIMS, matrix.COMMANDS, cache.resolve()))
    assert [point.command for point in points] == ["up", "upgrade", "down"]
    assert any(point.cut for point in points), points  # a fast machine may be done before the moment comes
    assert all(point.converged for point in points), points
