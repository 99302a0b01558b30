"""The front for screen readers and simple terminals: lines of text, numbered choices, no cursor moved."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from binder_deploy.cli.wizard.front import BACK, Back, wrapped
from binder_deploy.cli.wizard.question import Option


class Lines:
    """See `front.Front`."""

    way_back = f"type {BACK}"

    def say(self, text: str, style: str = "") -> None:
        _write(f"{wrapped(text)}\n")

    def text(self, title: str, default: str) -> str:
        return _read(f"{title} [{default}]: " if default else f"{title}: ") or default

    def choose(self, title: str, options: Sequence[Option], default: str) -> str:
        values = [option.value for option in options]
        for number, option in enumerate(options, 1):
            words = " ".join(option.words.split())
            self.say(f"  {number}. {option.value}" + (f": {words}" if words else ""))
        usual = str(values.index(default) + 1) if default in values else ""
        while True:
            typed = _read(f"{title}, number [{usual}]: " if usual else f"{title}, number: ") or usual
            if typed in values:
                return typed
            if typed.isdecimal() and 1 <= int(typed) <= len(values):
                return values[int(typed) - 1]
            self.say(f"Please type a number from 1 to {len(values)}, or {BACK} to go back.")


def _read(prompt: str) -> str:
    """A line as it was typed. Raises `Back`, `KeyboardInterrupt` at the end of input."""
    _write(prompt)
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    if line.strip() == BACK:
        raise Back
    return line.strip()


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
