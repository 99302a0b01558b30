"""How much is shown, and whether in colour: said once, before the command, and kept where child processes find it."""

from __future__ import annotations

import os
from enum import StrEnum

VERBOSITY = "BINDER_DEPLOY_VERBOSITY"
PLAIN = "BINDER_DEPLOY_PLAIN"


class Verbosity(StrEnum):
    """How much of what happens is shown."""

    QUIET = "quiet"
    """What must be read: notes, and what went wrong."""
    NORMAL = "normal"
    VERBOSE = "verbose"
    """Every verdict, and what the engine says on the way, too."""


class Color(StrEnum):
    """Whether in colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def verbosity() -> Verbosity:
    """As said on the command line or in the environment; a word that is none counts as normal."""
    try:
        return Verbosity(os.environ.get(VERBOSITY, ""))
    except ValueError:
        return Verbosity.NORMAL


def plain() -> bool:
    """Whether lines of text are wanted, and numbers to choose by: for screen readers and simple terminals."""
    wanted = os.environ.get(PLAIN, "").lower() not in ("", "0", "false", "no", "off")
    return wanted or os.environ.get("TERM", "dumb") in ("dumb", "unknown", "")


def set_look(said: Verbosity | None, color: Color, *, plain: bool = False) -> None:
    """Keep what the command line says. `NO_COLOR` and `FORCE_COLOR` are what other programs read, too."""
    if plain:
        os.environ[PLAIN] = "1"
    if said:
        os.environ[VERBOSITY] = said.value
    if color is Color.NEVER:
        os.environ["NO_COLOR"] = "1"
        os.environ.pop("FORCE_COLOR", None)
    elif color is Color.ALWAYS:
        os.environ["FORCE_COLOR"] = "1"
        os.environ.pop("NO_COLOR", None)
