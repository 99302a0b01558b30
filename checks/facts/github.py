"""What GitHub says about the token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class GitHubToken:
    """GitHub's answer to the token; times carry their zone."""

    accepted: bool
    asked: datetime
    """When that was, by GitHub's clock."""
    said: str = ""
    """GitHub's words if it did not accept it."""
    limit: int = 0
    """Requests an hour."""
    remaining: int = 0
    """Of those, until `resets`."""
    resets: datetime | None = None
    expires: datetime | None = None
    """`None`: never, or GitHub does not tell."""


TOKEN: Key[GitHubToken | None] = Key("GitHub's answer to the token", beyond="the internet")
"""`None`: the settings name no token."""
