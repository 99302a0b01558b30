"""What a command's help says beside its own words and options. Plain data: `--help`, the reference and the manual page
are made from it."""

from __future__ import annotations

from dataclasses import dataclass

NO_MONEY = "Nothing."
FOR_ALL = (0, 1, 2, 70, 130)
"""Exit codes that every command may end with."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One command."""

    changes: str
    """What it changes, and where: at the cloud, in the cluster, on this machine."""
    costs: str = NO_MONEY
    """What it makes somebody pay for."""
    examples: tuple[tuple[str, str], ...]
    """A command line without the program's name, and what it does, in a line."""
    exits: tuple[int, ...] = ()
    """Exit codes beyond `FOR_ALL`."""
    docs: tuple[str, ...]
    """Pages below `docs/`, and perhaps an anchor."""
    see: tuple[str, ...] = ()
    """Commands that go with it."""

    @property
    def codes(self) -> tuple[int, ...]:
        """Every exit code it may end with."""
        return tuple(sorted({*FOR_ALL, *self.exits}))
