"""SIGKILL leaves processes and folders behind; the next rehearsal finds them, removes them, and passes.

A handful of seeded moments; `tests/endurance/kill_rehearsal.py` runs as many as one likes.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture(scope="module")
def endurance() -> ModuleType:
    """The script, as a module."""
    path = Path(__file__).parents[1] / "endurance" / "kill_rehearsal.py"
    spec = importlib.util.spec_from_file_location("kill_rehearsal", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("number", range(3))
def test_after_a_kill_the_next_run_cleans_up_and_passes(
    number: int, endurance: ModuleType, cache: Path, tmp_path: Path
) -> None:
    after_s = endurance.points(3, seed=7, span_s=45.0)[number]
    point = endurance.kill_at(after_s, cache.resolve(), tmp_path)
    assert point.converged, point
