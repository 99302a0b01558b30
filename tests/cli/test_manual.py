"""What help says beside words and options is there for every command, and true as far as it can be looked up."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from binder_deploy.cli.app import app, run
from binder_deploy.cli.exits import MEANINGS
from binder_deploy.cli.manual.page import Page
from binder_deploy.cli.manual.pages import PAGES

DOCS = Path(__file__).parents[2] / "docs"
BY_NAME = pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=PAGES)


@pytest.fixture
def man() -> ModuleType:
    spec = importlib.util.spec_from_file_location("man", DOCS / "man.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names() -> set[str]:
    return {
        f"{name} {sub}" if hasattr(command, "commands") else name
        for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
        for sub in getattr(command, "commands", {"": None})
    }


def test_every_command_has_a_page_and_every_page_a_command() -> None:
    assert set(PAGES) == names()


@BY_NAME
def test_a_page_is_whole_and_names_what_there_is(name: str, page: Page) -> None:
    assert page.changes.endswith(".")
    assert page.costs.endswith(".")
    assert page.examples
    assert {*page.codes} <= {*MEANINGS}
    assert {*page.see} <= {*PAGES} - {name}
    for one in page.docs:
        assert (DOCS / one.partition("#")[0]).is_file(), one
    assert any(line.split()[: len(name.split())] == name.split() for line, _ in page.examples)


@pytest.mark.parametrize("name", ["up", "state unlock"])
def test_help_says_what_it_does_changes_and_costs_in_its_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split(), "--help"]) == 0
    said = capsys.readouterr().out
    order = ("Usage: binder-deploy", "Changes:", "Costs:", "\nOptions:", "\nDeployment:", "\nAsking:", "\nExamples:",
             f"\n  binder-deploy {name}\n", "\nExit codes:", "\nSee also:")  # fmt: skip
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    assert max(map(len, said.splitlines())) <= 80


def test_an_exit_code_that_only_a_flag_brings_is_on_the_page_of_each_command_that_has_the_flag() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    flagged = {n for n, c in commands.items() if any("--exit-code" in o.opts for o in c.params)}
    assert {name for name, page in PAGES.items() if 5 in page.codes} == flagged - {"status"}


def test_the_manual_page_is_what_the_commands_say(man: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert man.TARGET.read_text(encoding="utf-8") == man.manual(), "run docs/man.py"


def test_the_manual_page_is_sound_roff() -> None:
    text = (DOCS / "man" / "binder-deploy.1").read_text(encoding="ascii")
    lines = text.splitlines()
    requests = {line.split()[0] for line in lines if line.startswith(".")}
    assert requests == {'.\\"', ".TH", ".SH", ".SS", ".PP", ".TP"}
    assert not [line for line in lines if line.startswith("'") or not line.strip()]
    escapes = set(re.findall(r"\\(f.|\[u[0-9A-F]{4}\]|.)", text))
    assert {e for e in escapes if not e.startswith("[")} <= {"fB", "fR", "-", "&", "e", '"'}
    assert text.count("\\fB") == text.count("\\fR")
    sections = [line[4:] for line in lines if line.startswith(".SH ")]
    assert sections[:4] == ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"]
    assert {line.removeprefix(".SS ").strip('"').replace("\\-", "-") for line in lines if line[:4] == ".SS "} == names()
    if groff := shutil.which("groff"):
        ended = subprocess.run([groff, "-man", "-Tutf8", "-ww"], input=text, capture_output=True, text=True, check=True)
        assert ended.stderr == ""
