"""What is known of a version of JupyterHub, and what follows from it."""

from __future__ import annotations

import pytest

from binder_deploy.checks.facts import web as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.rules.web import no_grave_flaw
from binder_deploy.checks.rules.web_advisories import ADVISORIES, known_flaws


def judged(version: str) -> Verdict:
    return no_grave_flaw(Facts({f.HUB: f.Answer("https://hub.example.org/hub/api", 200, version, 0.1)}))


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("4.0.2", {"CVE-2024-28233", "CVE-2024-41942"}),
        ("4.1.5", {"CVE-2024-41942"}),
        ("4.1.6", set()),
        ("5.0.0", {"CVE-2024-41942"}),
        ("5.1.0", set()),
        ("6.1.1", set()),
    ],
)
def test_each_line_of_releases_has_its_own_fix(version: str, known: set[str]) -> None:
    assert {flaw.id for flaw in known_flaws(version) if flaw.id.startswith("CVE-2024")} == known


@pytest.mark.parametrize(
    ("version", "kind"), [("4.0.2", Failed), ("5.3.0", Warned), ("5.4.6", Warned), ("5.5.0", Passed), ("5.5.1", Passed)]
)
def test_only_what_is_grave_everywhere_blocks(version: str, kind: type) -> None:
    assert isinstance(judged(version), kind)


def test_a_flaw_that_matters_to_few_is_told_with_its_condition() -> None:
    verdict = judged("5.5.0")
    assert isinstance(verdict, Passed)
    assert "GHSA-c4gm-pwx9-9w8j only where users may share their servers" in verdict.message


def test_a_version_that_is_none_is_not_judged() -> None:
    assert isinstance(judged("from a branch"), Skipped)


def test_no_advisory_is_told_twice() -> None:
    assert len({advisory.id for advisory in ADVISORIES}) == len(ADVISORIES)
