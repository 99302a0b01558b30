"""The front for a terminal that can move its cursor: arrow keys, a list that narrows as one types."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import questionary
from prompt_toolkit.output.defaults import create_output
from questionary import Choice
from rich.text import Text

from binder_deploy.cli.ui.console import console
from binder_deploy.cli.wizard.front import BACK, Back, wrapped
from binder_deploy.cli.wizard.question import Option

SEARCHED_FROM = 8
"""A list of so many options narrows as one types."""
_STYLES = {"bold": "bold", "dim": "bright_black", "warning": "yellow", "error": "bold red"}
_COLOURS = questionary.Style(
    [("qmark", ""), ("question", "bold"), ("answer", "fg:ansigreen"), ("pointer", "bold"), ("highlighted", "bold")]
)
_NO_COLOURS = questionary.Style([("qmark", ""), ("question", ""), ("answer", ""), ("pointer", ""), ("highlighted", "")])
_BACK = "<back>"


class Prompts:
    """See `front.Front`."""

    way_back = f"type {BACK} or choose (back)"

    def __init__(self) -> None:
        self._console = console()
        self._common: dict[str, Any] = {
            "qmark": "?",
            "style": _NO_COLOURS if self._console.no_color else _COLOURS,
            # Results go to standard output, and it may be a file.
            "output": create_output(stdout=sys.stderr),
        }

    def say(self, text: str, style: str = "") -> None:
        self._console.print(Text(wrapped(text), style=_STYLES.get(style, "")), soft_wrap=True)

    def text(self, title: str, default: str) -> str:
        found = _answer(questionary.text(f"{title}:", default=default, **self._common)).strip()
        if found == BACK:
            raise Back
        return found

    def choose(self, title: str, options: Sequence[Option], default: str) -> str:
        width = max(len(option.value) for option in options)
        choices = [Choice(_line(option, width), value=option.value) for option in options]
        values = [option.value for option in options]
        asked = questionary.select(
            f"{title}:",
            choices=[*choices, Choice("(back)", value=_BACK)],
            default=default if default in values else None,
            pointer=">",
            instruction="(arrows, or type to narrow)" if len(options) >= SEARCHED_FROM else "(arrows)",
            use_search_filter=len(options) >= SEARCHED_FROM,
            use_jk_keys=False,
            **self._common,
        )
        if (found := _answer(asked)) == _BACK:
            raise Back
        return found


def _answer(question: questionary.Question) -> str:
    """Raises `KeyboardInterrupt` for Ctrl-C, and for the end of input: nobody is there any more."""
    try:
        return str(question.unsafe_ask())
    except EOFError:
        raise KeyboardInterrupt from None


def _line(option: Option, width: int) -> str:
    return f"{option.value:<{width}}  {option.words}".rstrip()
