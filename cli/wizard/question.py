"""What a question of the wizard is: data, and the words that it has outside the wizard (flag, variable, setting)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

Given = Mapping[str, str]
"""Answers so far: name of the question → text as entered."""


class Kind(Enum):
    """What an answer is."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes or no"
    LIST = "list"
    """Words, separated by commas or spaces."""
    CHOICE = "choice"
    """One of a few, and nothing else."""
    SECRET = "reference"  # noqa: S105 - a word
    """Where a secret is kept (`env:NAME`, `file:PATH`), never the secret."""


@dataclass(frozen=True)
class Option:
    """Something to choose."""

    value: str
    words: str = ""
    """What it is, for people."""


def _always(_: Given) -> bool:
    return True


def _never(_: Given) -> bool:
    return False


def _nothing(_: Given) -> str:
    return ""


def _no_options(_: Given) -> tuple[Option, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing to know before there can be a `binder.yaml`. Functions get the answers to the questions before it."""

    name: str
    path: str
    """Of the setting that the answer becomes: `platform.project`."""
    title: str
    why: str
    """What it is for, in a line."""
    kind: Kind = Kind.TEXT
    when: Callable[[Given], bool] = _always
    """Whether it is a question at all."""
    rare: Callable[[Given], bool] = _never
    """Whether its default is right so often that it is shown in the summary, where it can be changed, and not asked."""
    default: Callable[[Given], str] = _nothing
    """What counts if nobody says otherwise; empty: somebody must."""
    options: Callable[[Given], tuple[Option, ...]] = _no_options
    """Of a choice."""
    offers: str = ""
    """Name of the list of what there really is to choose (`offers.look_up`); other answers are possible, too."""
    detected: str = ""
    """Name of what the machine suggests (`detect.detect`). Only a person can accept it."""
    optional: bool = False
    """Whether the answer may be empty."""
    sample: Callable[[Given], str] = _nothing
    """A valid answer for as long as there is none, so that the answers before can be judged as whole settings."""

    @property
    def flag(self) -> str:
        """On the command line."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """In the environment."""
        return f"BINDER_DEPLOY_{self.parameter.upper()}"

    @property
    def parameter(self) -> str:
        """In Python."""
        return self.name.replace("-", "_")
