"""The catalogue, its pages, its index and its tests agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.explain import explain, index
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.select import UnknownCheck, select

ROOT = Path(__file__).parents[2]
COLLECTOR = """
import json, os
from pathlib import Path

def pytest_collection_modifyitems(items):
    found = {mark.args for item in items for mark in item.iter_markers("shows")}
    Path(os.environ["SHOWN"]).write_text(json.dumps(sorted(found)))
"""
"""A plugin that notes what the tests claim to show (the fixture `_shown` holds them to it)."""


def test_no_id_is_used_twice() -> None:
    assert {check_id: n for check_id, n in Counter(c.id for c in CATALOGUE).items() if n > 1} == {}


def test_checks_stand_in_the_order_of_the_phases() -> None:
    order = list(Phase)
    assert [c.phase for c in CATALOGUE] == sorted((c.phase for c in CATALOGUE), key=order.index)


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.id)
def test_every_check_has_a_page_with_its_four_parts(check: Check) -> None:
    page = explain(check.id)
    lines = page.splitlines()
    assert lines[0] == f"# {check.id}: {check.title}"
    assert [line for line in lines if line.startswith("## ")] == [
        "## Symptom",
        "## Cause",
        "## How it is detected",
        "## Fix",
    ]
    assert "`" in page.partition("## Fix")[2], "the fix names a setting or a command"


def test_no_page_is_left_without_its_check() -> None:
    pages = {file.stem for file in (ROOT / "checks" / "pages").glob("*.md")}
    assert pages == {check.docs for check in CATALOGUE}


def test_the_index_is_the_catalogue_s() -> None:
    file = ROOT / "docs" / "checks" / "index.md"
    assert file.read_text(encoding="utf-8") == index()


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownCheck, match="did you mean BD-STO-002"):
        explain("bd-sto-02")


def test_selection_by_id_phase_and_exception() -> None:
    assert [c.id for c in select(CATALOGUE, only=["BD-STO-002"])] == ["BD-STO-002"]
    assert {c.phase for c in select(CATALOGUE, phases=[Phase.TLS])} == {Phase.TLS}
    assert "BD-TLS-001" not in {c.id for c in select(CATALOGUE, skip=["BD-TLS-001"])}
    with pytest.raises(UnknownCheck):
        select(CATALOGUE, skip=["BD-NONE-001"])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """(check, verdict) of every test of the suite that is marked as showing one, whatever part of it runs now."""
    folder = tmp_path_factory.mktemp("collector")
    (folder / "collector.py").write_text(COLLECTOR)
    # Collecting all of the suite takes long, and only these files can have the mark.
    files = [str(f) for f in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.shows" in f.read_text("utf-8")]
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "collector", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "SHOWN": str(folder / "shown.json"), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    return {(check, verdict) for check, verdict in json.loads((folder / "shown.json").read_text())}


@pytest.mark.system
@pytest.mark.parametrize("verdict", ["failed", "passed"])
def test_every_check_is_seen_to_fail_and_to_pass(verdict: str, shown: set[tuple[str, str]]) -> None:
    assert sorted({check.id for check in CATALOGUE} - {check for check, seen in shown if seen == verdict}) == []


@pytest.mark.system
def test_no_test_shows_what_is_no_check(shown: set[tuple[str, str]]) -> None:
    assert {check for check, _ in shown} <= {check.id for check in CATALOGUE}
