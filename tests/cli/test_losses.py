"""`--yes` never answers whether data may be destroyed: a person does, or the deployment's name said beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_deploy.cli.app import run
from binder_deploy.cli.flows import real
from binder_deploy.settings.load import load
from binder_deploy.stacks.events import ResourceStep, Summary

EXAMPLE = Path(__file__).parents[2] / "examples" / "existing.yaml"
REGISTRY = ResourceStep("urn:r", "kubernetes:helm.sh/v3:Release", "registry-release", "delete", "started")


class Reached(Exception):
    """The deployment was begun."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment whose next `up` would remove the registry inside the cluster."""
    (file := tmp_path / "binder.yaml").write_text(EXAMPLE.read_text())

    def preview(observe: Callable[[object], None]) -> Summary:
        observe(REGISTRY)
        return Summary({"delete": 1}, 1.0)

    def deploy(*_: Any) -> None:
        raise Reached

    engine = SimpleNamespace(preview=preview)
    opened = SimpleNamespace(settings=load(file), site=None, engine=engine, folder=tmp_path)
    monkeypatch.setattr(real, "_opened", lambda *_: (opened, ()))
    monkeypatch.setattr(real.records, "tell_moved", deploy)
    monkeypatch.setattr(real, "zone_in", lambda _resources: None)
    engine.resources = lambda: ()
    monkeypatch.chdir(tmp_path)
    return file


def test_yes_alone_changes_nothing_and_says_how_to_agree(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--yes"]) == 2
    said = capsys.readouterr().err
    assert "this would destroy every image in the registry inside the cluster" in " ".join(said.split())
    name = load(file).name
    assert f"--name {name}" in said and f"BINDER_DEPLOY_NAME={name}" in said


def test_another_name_is_no_agreement(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--yes", "--name", "another"]) == 1
    assert "Nothing was changed." in capsys.readouterr().err


def test_with_the_name_it_goes_on(file: Path) -> None:
    with pytest.raises(Reached):
        real.up(real.Request(file), lambda event: None, lambda question: True, lambda what: True)


def test_a_plan_tells_it_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real, "leave_dry", lambda _site: None)
    said: list[str] = []
    real.plan(real.Request(file), lambda event: said.append(getattr(event, "text", "")))
    assert any("this would destroy every image" in text for text in said)
