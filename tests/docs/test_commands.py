"""Every command on a page exists, with every option that it is given there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import takewhile
from typing import Any

import pytest
import typer.main
from typer.exceptions import TyperException

from binder_deploy.cli.app import app

OURS = "binder-deploy "
EAGER = {"--help", "--install-completion", "--show-completion"}
"""They act while they are parsed."""


@cache
def program() -> Any:
    """All commands."""
    return typer.main.get_command(app)


def parsed(line: str) -> list[str]:
    """The names of a line's commands. Raises `TyperException` as the program itself would."""
    words = takewhile(lambda word: word not in {">", "|"}, shlex.split(line, comments=True)[1:])
    arguments = [word for word in words if word not in EAGER]
    command, context, names = program(), None, []
    while True:
        if hasattr(command, "commands") and not arguments:  # a group by itself shows its help
            return names
        context = command.make_context(command.name, arguments, parent=context)
        if not hasattr(command, "commands"):
            return names
        arguments = [*context._protected_args, *context.args]
        if arguments:
            name, command, arguments = command.resolve_command(context, arguments)
            names.append(name)


def lines(page: Any) -> Iterator[str]:
    """Commands of ours in the page's blocks."""
    for fence in page.fences():
        if fence.info in ("yaml", "text"):
            continue
        for piece in re.split(r"\n|&&", fence.content.replace("\\\n", " ")):
            if found := re.search(r'(?:^|/|\$ |"\$\()(binder-deploy(?: [^)]*)?)', piece.strip()):
                yield found[1]


def wrong(commands: Sequence[tuple[str, str]], *, but: str = "nothing") -> list[str]:
    """What is wrong with them, except messages that begin with `but`."""
    found = []
    for name, line in commands:
        try:
            parsed(line)
        except TyperException as error:
            if not error.format_message().startswith(but):
                found.append(f"{name}: {line}: {error.format_message()}")
    return found


def test_every_command_in_a_block_can_be_typed(written: Sequence[Any]) -> None:
    commands = [(page.name, line) for page in written for line in lines(page)]
    assert len(commands) > 40
    assert not wrong(commands)


def test_every_command_in_a_sentence_exists_with_its_options(written: Sequence[Any]) -> None:
    """A sentence may leave out what varies, or give it a name."""
    said = [(page.name, code.content) for page in written for code in page.inline("code_inline")]
    commands = [(name, text.replace("NUMBER", "7").replace("…", "")) for name, text in said if text.startswith(OURS)]
    assert len(commands) > 100
    assert not wrong(commands, but="Missing")


@pytest.mark.parametrize("line", ["up --force", "destroy", "check --wait soon", "ban"])
def test_what_cannot_be_typed_is_noticed(line: str) -> None:
    with pytest.raises(TyperException):
        parsed(f"{OURS}{line}")
