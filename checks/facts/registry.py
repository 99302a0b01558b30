"""What a registry allows, and with which login. Passwords never get into a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from binder_deploy.checks.model import Key

Outcome = Literal["allowed", "absent", "refused", "login refused", "no registry"]
"""`absent`: it may be asked for, but there is none. `no registry`: something else answers at that address."""


@dataclass(frozen=True)
class Answer:
    """What a registry said when it was asked for one thing."""

    image: str
    """`HOST/NAME`, without a tag."""
    username: str
    """Who asked; empty: nobody in particular."""
    outcome: Outcome
    status: int
    """HTTP's."""
    said: str = ""
    """The registry's own words."""
    note: str = ""
    """What else is worth telling."""


@dataclass(frozen=True)
class LoginShape:
    """What may be told of a login."""

    username: str
    has_password: bool


@dataclass(frozen=True)
class BinderLogins:
    """What BinderHub was given to log in with."""

    push: Mapping[str, LoginShape]
    """Host → login of the daemon that pushes (`binder-build-docker-config`)."""
    read: str | None
    """Host that BinderHub looks into for images (`config.DockerRegistry.url`); `None`: the first of `push`."""


@dataclass(frozen=True)
class Pull:
    """How nodes get images, tried from here."""

    answer: Answer
    secret: str
    """The pull secret that was used; empty: none."""
    exists: bool
    """Whether the image that was asked for is known to be there: a pod of this cluster uses it."""


@dataclass(frozen=True)
class Creation:
    """How a place for an image comes into being, where each image needs one of its own."""

    prefix: str
    """What the names of all places begin with."""
    found: bool
    """There is something that makes them."""
    on_push: bool
    """It does so at the first push."""
    look: str
    """Command that shows it."""


@dataclass(frozen=True)
class Retention:
    """What throws old images away."""

    asked: int
    """Places that were looked at."""
    without: tuple[str, ...]
    """Those that keep everything for ever: `repository demo-images`."""


PLANNED_PUSH: Key[Answer | None] = Key("a push with the login of the settings", beyond="the internet")
"""`None`: the settings have no login, the cluster itself proves who it is."""
PLANNED_READ: Key[Answer | None] = Key("a read with the login of the settings", beyond="the internet")
LOGINS: Key[BinderLogins] = Key("logins of BinderHub")
PUSH: Key[Answer | None] = Key("a push with BinderHub's login", beyond="the internet")
"""`None`: BinderHub has no password that could be used from here."""
READ: Key[Answer | None] = Key("a read with BinderHub's login", beyond="the internet")
PULL: Key[Pull | None] = Key("a pull as nodes do it", beyond="the internet")
"""`None`: nodes use an identity of their own, which only they have."""
CREATION: Key[Creation | None] = Key("what makes repositories", beyond="an account")
"""`None`: this registry needs nothing of the kind."""
RETENTION: Key[Retention | None] = Key("what removes old images", beyond="an account")
"""`None`: the registry is somebody else's, or cleaned from inside the cluster."""
