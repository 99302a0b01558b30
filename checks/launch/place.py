"""Where a deployment's Binder is, and whether its certificate is one to trust."""

from __future__ import annotations

from binder_deploy.settings.model import Settings


def binder_url(settings: Settings, address: str | None) -> str | None:
    """Its address, with a slash at the end; None where it has no name and `address` (the reserved IP) is not known."""
    hosts = settings.address.hosts
    host = hosts[0] if hosts else address
    return f"https://{host}/" if host else None


def trusted(settings: Settings) -> bool:
    """False for certificates that are made for trials: Let's Encrypt's staging ones (those of `staged`, too, until the
    deployment has gone on to production), self-signed ones."""
    tls = settings.tls
    return tls.kind != "self-signed" and getattr(tls, "directory", "production") != "staging"
