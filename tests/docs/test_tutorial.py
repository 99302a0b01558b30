"""The tutorial's settings are made by its own command and cost what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from binder_deploy.cli.app import run
from binder_deploy.cli.flows.cost import costs_of
from binder_deploy.settings.load import load
from binder_deploy.stacks.cost.running import Workshop

TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")


@pytest.mark.system
def test_the_command_without_questions_writes_the_workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = re.search(r"^binder-deploy (init (?:.*\\\n)+.*)$", TUTORIAL, flags=re.MULTILINE)
    assert command
    monkeypatch.chdir(tmp_path)
    assert run(shlex.split(command[1].replace("\\\n", " "))) == 0
    settings = load(tmp_path / "binder.yaml")
    assert (settings.name, settings.address.kind, settings.binder.max_servers) == ("thursday", "ip", 30)
    found = costs_of(tmp_path / "binder.yaml", Workshop(people=30, hours=6)).estimate
    for load_of in ("workshop", "idle"):
        assert f"{found.load(load_of).usd:.2f}" in TUTORIAL
