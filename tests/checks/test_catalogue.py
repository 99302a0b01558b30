"""The catalogue, its pages and its index agree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.explain import explain, index
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.select import UnknownCheck, select

ROOT = Path(__file__).parents[2]


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
