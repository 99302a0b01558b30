"""The exported schema accepts every example and refuses unknown keys, as the loader does."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from binder_deploy.settings.schema import json_schema

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


def test_there_are_examples_and_a_schema_that_is_one() -> None:
    assert EXAMPLES
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_fits_the_schema(example: Path) -> None:
    data = YAML(typ="safe").load(example.read_text(encoding="utf-8"))
    assert VALIDATOR.is_valid(data)
    assert not VALIDATOR.is_valid({**data, "nme": 1})


def test_every_setting_of_the_top_level_is_documented_or_a_section() -> None:
    for name, field in json_schema()["properties"].items():
        assert "description" in field or "$ref" in field or "allOf" in field, name
