"""The command reference is what `--help` says, and names every command."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from binder_deploy.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("COLUMNS", "100")
    spec = importlib.util.spec_from_file_location("commands", DOCS / "commands.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_commands_say(commands: ModuleType) -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == commands.reference(), "run docs/commands.py"


def test_no_command_is_left_out(commands: ModuleType) -> None:
    group = typer.main.get_command(app)
    named = {
        f"{name} {sub}" if hasattr(command, "commands") else name
        for name, command in group.commands.items()  # type: ignore[attr-defined]
        for sub in getattr(command, "commands", {"": None})
    }
    assert named == set(commands.COMMANDS)
