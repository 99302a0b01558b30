"""Every JSON report holds to the schema that is shipped, and the schema refuses what is none."""

from __future__ import annotations

import copy
import json
from typing import Any, get_args, get_type_hints

import jsonschema
import pytest

from binder_deploy.checks.model import Phase, Skipped
from binder_deploy.checks.reports import data
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.reports.words import VERDICTS

VALIDATOR = jsonschema.Draft202012Validator(data.schema(), format_checker=jsonschema.FormatChecker())


def test_a_report_of_every_verdict_holds_to_the_schema(run: Run) -> None:
    VALIDATOR.validate(json.loads(data.text(run)))
    VALIDATOR.validate(data.report(run.outcomes))
    VALIDATOR.validate(data.report(()))


def test_the_schema_is_one_and_knows_every_word() -> None:
    jsonschema.Draft202012Validator.check_schema(data.schema())
    words = data.schema()["$defs"]
    reasons = get_args(get_type_hints(Skipped)["reason"])
    assert set(words["verdict"]["enum"]) == set(VERDICTS.values())
    assert words["outcome"]["properties"]["phase"]["enum"] == [phase.value for phase in Phase]
    assert set(words["outcome"]["properties"]["reason"]["enum"]) == set(reasons)


@pytest.mark.parametrize(
    "damage",
    [
        lambda report: report.update(schema="binder-deploy/checks/v2"),
        lambda report: report.pop("blocked"),
        lambda report: report["outcomes"][1].pop("remedy"),
        lambda report: report["outcomes"][5].pop("reason"),
        lambda report: report["outcomes"][0].update(verdict="fine"),
        lambda report: report["run"].update(at="yesterday", simulated="no"),
    ],
)
def test_the_schema_refuses_what_is_none(run: Run, damage: Any) -> None:
    report = copy.deepcopy(data.report_of(run))
    damage(report)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(report)
