"""JUnit XML is well formed whatever a verdict says, and its counts are those of its cases."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

import pytest

from binder_deploy.checks.reports import junit
from binder_deploy.checks.reports.run import Run

ALLOWED = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}
"""What every reader's schema knows."""
INSIDE = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase"],
    "properties": ["property"],
    "testcase": ["skipped", "error", "failure", "system-out"],
}


@pytest.fixture
def root(run: Run) -> Xml.Element:
    return Xml.fromstring(junit.text(run))  # noqa: S314


def test_it_has_the_elements_and_attributes_that_readers_know(root: Xml.Element) -> None:
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ALLOWED[element.tag]
        assert {child.tag for child in element} <= set(INSIDE.get(element.tag, ()))


def test_the_counts_are_those_of_the_cases(root: Xml.Element, run: Run) -> None:
    for group in (root, *root.iter("testsuite")):
        assert int(group.get("tests", "")) == len(list(group.iter("testcase")))
        for word, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(group.get(word, "")) == len(list(group.iter(tag)))
        cases = sum(float(case.get("time", "")) for case in group.iter("testcase"))
        assert float(group.get("time", "")) == pytest.approx(cases)
    assert int(root.get("tests", "")) == len(run.outcomes)
    assert [int(root.get(word, "")) for word in ("failures", "errors", "skipped")] == [2, 1, 3]


def test_a_suite_is_a_phase_with_its_time(root: Xml.Element, run: Run) -> None:
    assert [suite.get("name") for suite in root] == [phase.value for phase, _ in run.phases()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", "")) for suite in root)


def test_a_failure_says_how_to_mend_it_and_a_warning_is_heard(root: Xml.Element) -> None:
    failure = next(root.iter("failure"))
    assert failure.get("message") == "platform.pools.build.machine: too small"
    assert "Fix: make it larger" in (failure.text or "")
    said = [element.text or "" for element in root.iter("system-out")]
    assert [text.partition(":")[0] for text in said] == ["warning", "ignored failure"]


def test_what_xml_cannot_carry_is_replaced_and_the_rest_is_kept(run: Run) -> None:
    text = junit.text(run)
    assert "\x1b" not in text
    assert "\x00" not in text
    failures = [failure.text or "" for failure in Xml.fromstring(text).iter("failure")]  # noqa: S314
    assert 'a <b>bold</b> �[31mred�[0m & "quoted" ]]> � {{ x }} \U0001f600' in failures[1]
