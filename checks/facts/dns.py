"""What name servers say about the names of a deployment. Names are lower case, without the dot at the end."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.model import Key

_BEYOND = "the internet"


@dataclass(frozen=True)
class Delegation:
    """Who answers for the zone that holds the domain, as the zone above says and as the zone itself says."""

    zone: str
    """The nearest zone at or above the domain; empty: the root."""
    announced: frozenset[str]
    """Name servers by the zone above."""
    own: frozenset[str]
    """Name servers by the zone's own servers; empty if none of them answers."""
    silent: tuple[str, ...] = ()
    """`server: why`, for every announced one that gives no answer of its own authority."""


@dataclass(frozen=True)
class OutOfReach:
    """Name servers cannot be asked from this machine; asking again soon would not help."""

    why: str


@dataclass(frozen=True)
class Answer:
    """What one server says about one host, aliases followed. A name that does not exist has nothing."""

    host: str
    server: str
    addresses: frozenset[str] = frozenset()
    """IPv4."""
    addresses6: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()
    """Where its CNAMEs lead, in order."""
    ttl: int = 0
    """Seconds for which others may repeat this answer."""
    problem: str = ""
    """Why there is none: no reply, SERVFAIL, …"""

    @property
    def everything(self) -> frozenset[str]:
        """All addresses."""
        return self.addresses | self.addresses6


@dataclass(frozen=True)
class Target:
    """Where the names have to lead: an address, or a load balancer's host name with its addresses now."""

    name: str
    addresses: frozenset[str]


@dataclass(frozen=True)
class Caa:
    """The CAA records that bind one host (RFC 8659: those of the nearest name above that has any)."""

    host: str
    holder: str = ""
    """The name that has them; empty: nobody."""
    records: tuple[tuple[int, str, str], ...] = ()
    """Flags, tag, value."""
    problem: str = ""


DELEGATION: Key[Delegation | OutOfReach | None] = Key("delegation of the domain", beyond=_BEYOND)
"""None where there is no domain."""
AUTHORITATIVE: Key[tuple[Answer, ...] | OutOfReach] = Key("the names by their own servers", beyond=_BEYOND)
PUBLIC: Key[tuple[Answer, ...]] = Key("the names by public resolvers", beyond=_BEYOND)
CAA: Key[tuple[Caa, ...]] = Key("who may issue certificates", beyond=_BEYOND)
TARGET: Key[Target] = Key("where the names have to lead", beyond=_BEYOND)
RESERVED: Key[str | None] = Key("reserved address, if there is one")
"""None before the first `up`."""
