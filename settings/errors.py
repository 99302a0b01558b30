"""What is wrong with `binder.yaml`: every problem at once, each with its path and its fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to mend in the settings."""

    path: str
    """Dotted path of the setting: `platform.pools.user.max`."""
    message: str
    """What is wrong, never with the offending value (it may be a secret)."""
    remedy: str = ""
    """What to write or run instead."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f"; {self.remedy}" if self.remedy else "")


class SettingsError(Exception):
    """The settings cannot be used; `problems` has them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def one(cls, path: str, message: str, remedy: str = "") -> SettingsError:
        """An error of a single problem."""
        return cls([Problem(path, message, remedy)])
