"""The words of a check: what it needs to know, what it says. Values only; nothing here runs anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Source = Literal["observed", "simulated"]
"""`simulated`: a rehearsal played it (running, ready, bound, issued); it proves nothing about a cloud."""


class Phase(StrEnum):
    """When a check is worth asking, in the order of a deployment's life."""

    SETTINGS = "settings"
    PREFLIGHT = "preflight"
    CLUSTER = "cluster"
    INGRESS = "ingress"
    TLS = "tls"
    HUB = "hub"
    BINDER = "binder"
    CANARY = "canary"
    TEARDOWN = "teardown"


@dataclass(frozen=True)
class Passed:
    """The rule holds."""

    message: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Warned:
    """Worth knowing; nothing is blocked."""

    message: str
    remedy: str = ""
    detail: str = ""
    ignored: bool = False
    """The check failed and the settings (`checks.ignore`) or a flag said to go on."""


@dataclass(frozen=True)
class Failed:
    """The rule does not hold, and this is how to mend it. Raises `ValueError` without message or remedy."""

    message: str
    remedy: str
    detail: str = ""

    def __post_init__(self) -> None:
        if not self.message.strip() or not self.remedy.strip():
            raise ValueError("a failed check says what is wrong and how to mend it")


@dataclass(frozen=True)
class Skipped:
    """Nothing was shown, for a reason that is told."""

    reason: Literal["simulated", "unknown", "not applicable"]
    message: str
    detail: str = ""


@dataclass(frozen=True)
class Crashed:
    """The rule itself broke: our bug, never a pass."""

    error: str
    """Type and text of the exception."""
    detail: str = ""
    """The traceback."""

    @property
    def message(self) -> str:
        """The error: every verdict has a message."""
        return self.error


Verdict: TypeAlias = Passed | Warned | Failed | Skipped | Crashed


@dataclass(frozen=True)
class Key(Generic[T_co]):
    """Names a fact and carries its type."""

    name: str
    played: bool = False
    """Simulated in a rehearsal. Everything else is real there, too."""
    beyond: str = ""
    """What a rehearsal would need to ask it, and has not: `an account`, `a running pod`, `the internet`."""


@dataclass(frozen=True)
class Fact(Generic[T_co]):
    """Something that is known."""

    value: T_co
    source: Source = "observed"


@dataclass(frozen=True)
class Unknown:
    """Something that could not be asked."""

    why: str


@dataclass(frozen=True)
class Withheld:
    """Stands for a probe that a rehearsal cannot run."""

    needs: str
    """What it would need: `an account`."""


@dataclass(frozen=True)
class Probe(Generic[T_co]):
    """How one fact is collected."""

    collect: Callable[[], T_co]
    """May raise anything: the fact is then unknown, with the exception as the reason."""
    source: Source = "observed"
    timeout_s: float = 10.0
    """Seconds after which nobody waits for it any longer."""


class Facts:
    """What a rule may read: the known values of the keys that its check declared, and the settings, which say where
    the deployment is."""

    def __init__(self, values: Mapping[Key[Any], Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: Key[T]) -> T:
        return cast(T, self._values[key])

    def get(self, key: Key[T]) -> T | None:
        """The value, if it is known."""
        return cast(T | None, self._values.get(key))


Rule: TypeAlias = Callable[[Facts], Verdict]
"""Pure: facts in, verdict out. It asks nothing, changes nothing, prints nothing."""


@dataclass(frozen=True)
class Check:
    """A rule with its place in the catalogue."""

    id: str
    """`BD-AREA-NNN`; never used again for anything else."""
    title: str
    """What holds when it passes: one line, no full stop."""
    phase: Phase
    needs: tuple[Key[Any], ...]
    rule: Rule
    blocks: bool = True
    """A failure ends `up` or `check` with exit 4."""
    stops_waiting: bool = False
    """Waiting does not mend this failure: seen twice while `up` waits, it ends the wait."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"BD-[A-Z]+-[0-9]{3}", self.id):
            raise ValueError(f"{self.id}: an id reads BD-AREA-NNN")

    @property
    def docs(self) -> str:
        """Name of its page below `checks/pages/`, without `.md`."""
        return self.id


@dataclass(frozen=True)
class Outcome:
    """One check, asked once."""

    check: Check
    verdict: Verdict
    elapsed: float
    """Seconds: of the slowest fact that it needed, plus the rule."""
