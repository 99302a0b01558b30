"""The map of known traps names only what exists, and forgets no check."""

from __future__ import annotations

import re
from pathlib import Path

from binder_deploy.checks.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
TRAPS = (ROOT / "docs" / "checks" / "traps.md").read_text(encoding="utf-8")
NOT_COVERED = (ROOT / "docs" / "checks" / "not-covered.md").read_text(encoding="utf-8")
ROWS = [row.strip("| ").split(" | ") for row in TRAPS.splitlines() if row.startswith("| ")]


def checks_in(text: str) -> set[str]:
    return set(re.findall(r"BD-[A-Z]+-[0-9]{3}", text))


def test_every_trap_is_covered_or_its_reason_is_told() -> None:
    rows = [row for row in ROWS if row[0] != "what people see"]
    assert len(rows) > 60
    assert [row for row in rows if len(row) != 2 or not re.search(r"BD-|tests/|not-covered\.md#", row[1])] == []


def test_no_trap_stands_there_twice() -> None:
    symptoms = [row[0] for row in ROWS if row[0] != "what people see"]
    assert len(symptoms) == len(set(symptoms))


def test_every_check_is_named_and_none_that_does_not_exist() -> None:
    known = {check.id for check in CATALOGUE}
    assert known - checks_in(TRAPS) == set(), "not in traps.md"
    assert checks_in(TRAPS + NOT_COVERED) - known == set(), "there is no such check"


def test_every_test_that_proves_the_design_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TRAPS)
    assert len(named) > 20
    assert [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ] == []


def test_every_reason_exists_and_each_is_referred_to() -> None:
    headings = re.findall(r"^## (.+)$", NOT_COVERED, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"not-covered\.md#([\w-]+)", TRAPS)) == anchors
