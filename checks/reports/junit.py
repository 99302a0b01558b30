"""Outcomes as JUnit XML, as GitLab, GitHub's actions and Jenkins read it: a suite for each phase.

A warning is a test that passed and has something to say (`system-out`): those readers know no other word for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from xml.etree import ElementTree as Xml  # only written, never parsed

from binder_deploy.checks.model import Crashed, Failed, Outcome, Skipped, Warned
from binder_deploy.checks.reports.run import Run

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry, escaped or not: a program's coloured output has them."""


def text(run: Run) -> str:
    """The file."""
    root = Xml.Element("testsuites", {"name": f"binder-deploy {_clean(run.deployment)}", **_sums(run.outcomes)})
    for phase, outcomes in run.phases():
        suite = Xml.SubElement(
            root,
            "testsuite",
            {"name": phase.value, **_sums(outcomes), "timestamp": run.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")},
        )
        properties = Xml.SubElement(suite, "properties")
        for name, value in {"simulated": str(run.simulated).lower(), **run.versions}.items():
            Xml.SubElement(properties, "property", {"name": _clean(name), "value": _clean(value)})
        for outcome in outcomes:
            _case(suite, outcome)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _case(suite: Xml.Element, outcome: Outcome) -> None:
    check, verdict = outcome.check, outcome.verdict
    case = Xml.SubElement(
        suite,
        "testcase",
        {
            "classname": f"binder-deploy.{check.phase.value}",
            "name": f"{check.id}: {check.title}",
            "time": f"{outcome.elapsed:.3f}",
        },
    )
    body = _clean("\n".join(part for part in (verdict.message, _fix(outcome), verdict.detail) if part))
    match verdict:
        case Failed():
            kind = "failed" if check.blocks else "failed, does not block"
            Xml.SubElement(case, "failure", {"message": _clean(verdict.message), "type": kind}).text = body
        case Crashed():
            Xml.SubElement(case, "error", {"message": _clean(verdict.error), "type": "crashed"}).text = body
        case Skipped():
            Xml.SubElement(case, "skipped", {"message": _clean(f"{verdict.reason}: {verdict.message}")})
        case Warned():
            word = "ignored failure" if verdict.ignored else "warning"
            Xml.SubElement(case, "system-out").text = f"{word}: {body}"


def _fix(outcome: Outcome) -> str:
    remedy = getattr(outcome.verdict, "remedy", "")
    return f"Fix: {remedy}\nMore: binder-deploy check --explain {outcome.check.id}" if remedy else ""


def _sums(outcomes: Sequence[Outcome]) -> dict[str, str]:
    verdicts = [o.verdict for o in outcomes]
    return {
        "tests": str(len(verdicts)),
        "failures": str(sum(isinstance(v, Failed) for v in verdicts)),
        "errors": str(sum(isinstance(v, Crashed) for v in verdicts)),
        "skipped": str(sum(isinstance(v, Skipped) for v in verdicts)),
        "time": f"{sum(o.elapsed for o in outcomes):.3f}",
    }


def _clean(words: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)
