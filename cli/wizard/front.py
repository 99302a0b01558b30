"""How the wizard talks to a person, whatever the terminal: two fronts have these methods, `ask.py` and `plain.py`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import Protocol

from binder_deploy.cli.wizard.question import Option

BACK = "<"
"""Typed instead of an answer: to the question before."""


def wrapped(text: str) -> str:
    """The text in lines that fit the terminal, each as far to the right as it began."""
    width = max(20, shutil.get_terminal_size().columns - 1)
    return "\n".join(_line(line, width) for line in text.split("\n"))


def _line(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    return "\n".join(
        textwrap.wrap(line.lstrip(), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    )


class Back(Exception):
    """The person wants to go back to the question before."""


class Front(Protocol):
    """Everything on standard error. Questions raise `Back`, and `KeyboardInterrupt` for Ctrl-C and the end of input."""

    way_back: str
    """How one goes back, in words."""

    def say(self, text: str, style: str = "") -> None:
        """Tell something; `style` is `bold`, `dim`, `warning`, `error` or empty, and nothing may depend on it."""

    def text(self, title: str, default: str) -> str:
        """A line of text, stripped; `default` is what is there to be edited or accepted."""

    def choose(self, title: str, options: Sequence[Option], default: str) -> str:
        """The value of one of the options."""
