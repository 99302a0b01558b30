"""SARIF 2.1.0: what code scanning needs is there, nothing that the format does not know, each at its setting's line."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from binder_deploy.checks.model import Failed, Outcome
from binder_deploy.checks.reports import sarif
from binder_deploy.checks.reports.locate import line, lines
from binder_deploy.checks.reports.run import Run

TEXT = {"type": "string", "minLength": 1}


def closed(required: str, /, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


LOG = closed(
    "version runs",
    **{
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": closed(
                "tool results",
                tool=closed(
                    "driver",
                    driver=closed(
                        "name rules",
                        name=TEXT,
                        version=TEXT,
                        rules={
                            "type": "array",
                            "uniqueItems": True,
                            "items": closed(
                                "id shortDescription help",
                                id=TEXT,
                                shortDescription=closed("text", text=TEXT),
                                help=closed("text", text=TEXT, markdown=TEXT),
                                defaultConfiguration=closed("level", level={"enum": ["note", "warning", "error"]}),
                                properties=closed("tags", tags={"type": "array", "items": TEXT}),
                            ),
                        },
                    ),
                ),
                automationDetails=closed("id", id={"type": "string", "pattern": "/$"}),
                invocations={
                    "type": "array",
                    "items": closed(
                        "executionSuccessful",
                        executionSuccessful={"type": "boolean"},
                        endTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                    ),
                },
                results={
                    "type": "array",
                    "items": closed(
                        "message locations",
                        ruleId=TEXT,
                        ruleIndex={"type": "integer", "minimum": 0},
                        level={"enum": ["note", "warning", "error"]},
                        message=closed("text", text=TEXT),
                        locations={
                            "type": "array",
                            "minItems": 1,
                            "items": closed(
                                "physicalLocation",
                                physicalLocation=closed(
                                    "artifactLocation region",
                                    artifactLocation=closed("uri", uri=TEXT),
                                    region=closed("startLine", startLine={"type": "integer", "minimum": 1}),
                                ),
                            ),
                        },
                        partialFingerprints={"type": "object", "additionalProperties": TEXT},
                        suppressions={
                            "type": "array",
                            "items": closed("kind", kind={"enum": ["inSource", "external"]}, justification=TEXT),
                        },
                    ),
                },
                properties={"type": "object"},
            ),
        },
    },
)
"""The part of the SARIF 2.1.0 schema that is used here, closed: nothing else may be written."""


@pytest.fixture
def log(run: Run) -> Any:
    return json.loads(sarif.text(run))


def test_it_holds_to_the_format(log: Any) -> None:
    jsonschema.Draft202012Validator(LOG).validate(log)


def test_every_result_names_its_rule(log: Any) -> None:
    (scan,) = log["runs"]
    rules = scan["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in scan["results"])
    assert all("## Fix" in rule["help"]["markdown"] for rule in rules)


def test_only_what_asks_for_attention_is_an_alert(log: Any) -> None:
    (scan,) = log["runs"]
    assert [result["level"] for result in scan["results"]] == ["error", "error", "warning", "warning", "note", "error"]
    assert [bool(result.get("suppressions")) for result in scan["results"]] == [False, False, False, True, False, False]
    assert scan["properties"]["summary"]["passed"] == 1


def test_an_alert_stands_at_the_line_of_its_setting(log: Any, run: Run) -> None:
    first, *_ = log["runs"][0]["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "deployments/campus/binder.yaml"
    told = run.settings_text.splitlines()[place["region"]["startLine"] - 1]
    assert told.strip().startswith("build:"), "platform.pools.build.machine stands in the line of its pool"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("hub.culling.idle_minutes: long", "idle_minutes"),
        ("hub.culling.not_there: missing", "culling"),
        ("a pod of the-hub.culling waits", None),
        ("nothing in particular", None),
    ],
)
def test_a_setting_that_is_not_written_is_told_at_its_section(run: Run, message: str, expected: str | None) -> None:
    outcome = Outcome(run.outcomes[0].check, Failed(message, "mend it"), 0.0)
    at = line(outcome, lines(run.settings_text))
    found = run.settings_text.splitlines()[at - 1].strip().partition(":")[0] if at else None
    assert found == expected


def test_settings_that_are_no_yaml_have_no_lines() -> None:
    assert lines("a: [") == {}
    assert lines("- a") == {}
