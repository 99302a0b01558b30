"""Pictures show commands that exist, are shown somewhere, and need nothing from elsewhere."""

from __future__ import annotations

import html
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from binder_deploy.cli.app import app
from binder_deploy.cli.wizard.questions import BY_NAME

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = sorted([*DOCS.rglob("*.svg")])
EACH = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
_TEXT = re.compile(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')


@cache
def program() -> Any:
    """All commands."""
    return typer.main.get_command(app)


def lines(picture: Path) -> list[str]:
    """What is written in it, line by line."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(picture.read_text(encoding="utf-8")):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    return ["".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())]


@EACH
def test_its_command_exists_with_the_options_that_it_shows(picture: Path) -> None:
    shown = next(line for line in lines(picture) if line.startswith("$ "))
    name, command, *words = shlex.split(shown.removeprefix("$ "))
    assert name == "binder-deploy"
    options = {flag for option in program().commands[command].params for flag in option.opts}
    assert {word for word in words if word.startswith("--")} <= options


@EACH
def test_it_is_on_a_page(picture: Path) -> None:
    pages = [page.read_text(encoding="utf-8") for page in (*DOCS.rglob("*.md"), DOCS.parent / "README.md")]
    assert any(f"/{picture.name})" in text or f"({picture.name})" in text for text in pages)


@EACH
def test_it_fetches_nothing(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    assert not re.findall(r"@font-face|@import|url\((?!#)|<image|<script|href=\"(?!#)", text)


def test_the_wizard_that_is_shown_asks_what_the_wizard_asks() -> None:
    told = lines(DOCS / "screens" / "wizard.svg")
    asked = {line.removeprefix("? ").partition(":")[0] for line in told if line.startswith("? ")} - {"What next"}
    assert asked <= {question.title for question in BY_NAME.values()}
    flags = {line.strip().partition("=")[0] for line in told if line.strip().startswith("--")}
    assert flags <= {question.flag for question in BY_NAME.values()}
    assert len(asked) > 10
    assert len(flags) > 10
