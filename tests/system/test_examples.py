"""Examples that no other test rehearses, from nothing to removed: their clouds accept every step and its undoing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["gke-ip-only", "eks-open-workshop"])
def test_the_example_goes_from_nothing_to_removed(name: str, run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "deployment").mkdir()
    (tmp_path / "deployment" / "binder.yaml").write_bytes((EXAMPLES / f"{name}.yaml").read_bytes())
    ended = run("rehearse", "--json")
    assert ended.code == 0, ended.err
    phases = {phase["name"]: phase for phase in ended.json["phases"]}
    assert all(phase["result"] == "done" for phase in phases.values())
    assert phases["again"]["note"] == "nothing to change"
    assert phases["leftovers"]["note"] == "nothing is left"
    assert not ended.json["checks"]["blocked"]
