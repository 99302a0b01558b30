"""What the public address answers, as a browser would see it. Addresses are without their queries, which may hold
secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from binder_deploy.checks.model import Key

_BEYOND = "a running pod"

Trouble: TypeAlias = Literal[
    "name", "refused", "timeout", "expired", "too early", "wrong name", "untrusted", "tls", "broken off"
]
"""What kept a browser from reading a page; the four from `expired` on are the certificate's fault."""


@dataclass(frozen=True)
class NoAnswer:
    """A page that could not be read."""

    url: str
    trouble: Trouble
    told: str
    """The TLS library's or the system's words."""


@dataclass(frozen=True)
class Answer:
    """A page that was read."""

    url: str
    status: int
    version: str | None
    """That the service tells of itself; `None` if somebody else answered."""
    seconds: float
    """From the first packet to the last byte."""


@dataclass(frozen=True)
class Health:
    """One look at BinderHub's own health page."""

    status: int
    services: Mapping[str, bool]
    """Every service that counts → whether it is well; empty if it was not BinderHub that answered."""


@dataclass(frozen=True)
class Walk:
    """Where redirects lead from a plain `http://` address."""

    steps: tuple[str, ...]
    """Every address, the first one too."""
    loop: bool = False
    """The last one was there before."""
    status: int | None = None
    """Of the page at the end, if there is one of ours."""
    problem: NoAnswer | None = None


@dataclass(frozen=True)
class Announced:
    """The hub to which BinderHub sends people."""

    hub_url: str
    answer: Answer | NoAnswer


@dataclass(frozen=True)
class Encoded:
    """A repository's address in the path, with its slashes written `%2F`."""

    plain: int
    """Status of the same kind of page without such a path."""
    status: int
    by_binder: bool
    """Whether BinderHub gave that answer, not a proxy before it."""
    intact: bool | None
    """Whether the path arrived as it was sent; `None` if the page does not tell."""


@dataclass(frozen=True)
class Upgrade:
    """A request for a websocket where the hub's proxy alone answers ordinary ones."""

    plain_by_proxy: bool
    """Whether the proxy answers ordinary requests there at all: else nothing can be told."""
    status: int
    by: Literal["hub", "proxy", "somebody"]
    """Who answered the request for a websocket. `proxy`: it arrived as an ordinary one."""


@dataclass(frozen=True)
class Stream:
    """A build that is refused at once, asked for as a browser does."""

    status: int
    content_type: str
    encoding: str
    """`gzip`, …: what sits on a stream until it has enough to compress."""
    phase: str | None
    """Of the first event, or `None` if there was none."""


HUB: Key[Answer | NoAnswer] = Key("the hub's answer", beyond=_BEYOND)
BINDER: Key[Answer | NoAnswer] = Key("Binder's answer", beyond=_BEYOND)
HEALTH: Key[tuple[Health, ...]] = Key("Binder's own health", beyond=_BEYOND)
"""One after the other: one look, or as many as an upgrade wants to see."""
WALKS: Key[tuple[Walk, ...]] = Key("redirects from plain HTTP", beyond=_BEYOND)
"""From each host, or from the one address."""
ANNOUNCED: Key[Announced] = Key("the hub that Binder announces", beyond=_BEYOND)
ENCODED: Key[Encoded] = Key("encoded slashes", beyond=_BEYOND)
CORS: Key[tuple[str, ...]] = Key("whose pages Binder answers", beyond=_BEYOND)
"""Every `Access-Control-Allow-Origin` of one answer: a browser refuses a second one."""
STRANGER: Key[Mapping[str, int]] = Key("what the hub's API tells a stranger", beyond=_BEYOND)
"""Path below the hub's address → status without credentials."""
UPGRADE: Key[Upgrade] = Key("a request for a websocket", beyond=_BEYOND)
STREAM: Key[Stream] = Key("a stream of build events", beyond=_BEYOND)
