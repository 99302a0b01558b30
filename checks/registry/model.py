"""A registry and who asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NoAnswer(Exception):
    """A registry gave nothing that can be judged: it is down, busy, or out of reach."""


@dataclass(frozen=True)
class Registry:
    """Where a registry's API is and the login to use. Raises `ValueError` if a password would travel in the clear."""

    url: str
    """`https://HOST[:PORT]`; plain http only on this machine."""
    username: str = ""
    """Empty: ask as nobody in particular."""
    password: str = field(default="", repr=False)
    token_url: str = ""
    """Where tokens are had, if the registry's own word for it is not to be used (BinderHub's `token_url`)."""

    def __post_init__(self) -> None:
        for url in filter(None, (self.url, self.token_url)):
            if not safe(url):
                raise ValueError(f"{urlsplit(url).netloc or 'the registry'}: its address must begin with https://")

    @property
    def host(self) -> str:
        """Host, and port if one is given."""
        return urlsplit(self.url).netloc


def safe(url: str) -> bool:
    """Whether a password may be sent there."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
