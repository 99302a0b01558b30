"""What a page shows of `binder.yaml` is something that `binder.yaml` may say."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from binder_deploy.settings.ephemeral import merged
from binder_deploy.settings.model import Settings
from binder_deploy.settings.schema import json_schema
from binder_deploy.stacks.cost import prices

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("settings_page", DOCS / "settings.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_settings_is_what_the_schema_says(generator: ModuleType) -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == generator.reference(), "run docs/settings.py"


def test_no_setting_is_missing_on_the_page() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    named = {path.rsplit(".", 1)[-1] for path in re.findall(r"^\| `([^`]+)`", page, flags=re.MULTILINE)}
    known = {name for model in json_schema()["$defs"].values() for name in model.get("properties", ())}
    sections = {"network", "dns", "nodes", "pools", "builds", "page", "culling", "alerts"}
    charts = {"binder-service", "traefik", "cert-manager", "prometheus", "grafana"}
    assert known - named <= sections | charts  # these have rows for what is in them only
    assert all(f".{section}." in page for section in known - named)


def test_every_block_of_settings_is_valid(written: Sequence[Any], tmp_path: Path) -> None:
    blocks = list(_blocks(written))
    assert len(blocks) > 15
    for where, text in blocks:
        data = YAML(typ="safe", pure=True).load(text)
        if isinstance(data, list):
            (tmp_path / "prices.yaml").write_text(text, encoding="utf-8")
            assert prices.own(tmp_path), where
            continue
        try:
            Settings.model_validate(data if "version" in data else _completed(data))
        except ValidationError as error:
            pytest.fail(f"{where}: {error}")


def test_a_block_with_an_unknown_key_is_noticed() -> None:
    with pytest.raises(ValidationError, match="placeholder"):
        Settings.model_validate(_completed({"hub": {"placeholder": 3}}))


def _blocks(written: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for page in written:
        for fence in page.fences():
            if fence.info.startswith("yaml"):
                yield f"{page.name}, line {fence.map[0] + 1}", fence.content


def _completed(part: Any) -> Any:
    """A whole file's data: the example of the part's platform, with the part merged into it."""
    return merged(_example(part.get("platform", {}).get("kind", "gke")), part)


@cache
def _example(name: str) -> Any:
    text = resources.files("binder_deploy.examples").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)
