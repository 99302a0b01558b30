"""What is asked of certificates: of the server that issues them, of port 80, of port 443."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from binder_deploy.checks.facts.deployment import Objects
from binder_deploy.checks.model import Key

_BEYOND = "the internet"


@dataclass(frozen=True)
class Directory:
    """What the issuing server said for itself (RFC 8555, 7.1.1)."""

    url: str
    lacks: tuple[str, ...] = ()
    """What every such server offers and this one does not."""
    profiles: tuple[str, ...] = ()
    """Kinds of certificates to choose from."""
    problem: str = ""
    """Why there was no answer that can be read."""


@dataclass(frozen=True)
class PathAnswer:
    """How one host answered, at the reserved address and on port 80, when asked for a challenge that nobody has set."""

    host: str
    status: int = 0
    location: str = ""
    """Where it sent the asker instead."""
    problem: str = ""
    """Why there was no answer: refused, no reply."""


@dataclass(frozen=True)
class Served:
    """The certificate that one host presented at the reserved address, on port 443."""

    host: str
    problem: str = ""
    """Why no connection came about. Everything below is empty then."""
    issuer: str = ""
    """Organisation and common name."""
    names: tuple[str, ...] = ()
    """DNS names and addresses that it is for."""
    covers: bool = False
    """The host is one of them."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    asked_at: datetime | None = None
    distrust: str = ""
    """Why browsers do not trust who issued it; empty if they do. The dates are not looked at here."""

    @property
    def left(self) -> timedelta:
        """Time until it ends."""
        return self.not_after - self.asked_at if self.not_after and self.asked_at else timedelta()

    @property
    def lifetime(self) -> timedelta:
        """From beginning to end."""
        return self.not_after - self.not_before if self.not_after and self.not_before else timedelta()


DIRECTORY: Key[Directory | None] = Key("directory of the certificate issuer", beyond=_BEYOND)
"""None where certificates come from nobody outside."""
CHALLENGE_PATH: Key[tuple[PathAnswer, ...]] = Key("way of a challenge", beyond=_BEYOND)
SERVED: Key[tuple[Served, ...]] = Key("certificates as visitors see them", beyond=_BEYOND)
ORDERS: Key[Objects] = Key("orders of certificates", played=True)
CHALLENGES: Key[Objects] = Key("challenges", played=True)
