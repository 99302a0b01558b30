"""What Cloudflare says about the zone of the names, and about the token."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class CloudflareZone:
    """Its answer to who asked for the zone with the token."""

    refused: str = ""
    """Why it does not show the zone, in its words. Everything below is empty then."""
    name: str = ""
    """The domain that the zone is for."""
    status: str = ""
    """`active` once its name servers are those that the registrar announces."""
    servers: tuple[str, ...] = ()
    """Name servers that it should be announced with."""
    rights: tuple[str, ...] = ()
    """What may be done there with the token: `#dns_records:edit`; empty: Cloudflare does not tell."""


@dataclass(frozen=True)
class ZoneRecord:
    """A record that leads somewhere, at one of our names."""

    name: str
    type: str
    content: str
    comment: str
    proxied: bool


ZONE: Key[CloudflareZone | None] = Key("the zone at Cloudflare", beyond="an account")
"""None: the zone is not kept there."""
RECORDS: Key[tuple[ZoneRecord, ...] | None] = Key("records at Cloudflare", beyond="an account")
"""Of our host names; None: the zone is not kept there, or the token does not show it."""
