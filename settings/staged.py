"""`tls.server: staged`: certificates come from staging until the checks pass, and from production ever after. That it
is so is kept in the stack's configuration: the next `up` does not go back, and orders nothing twice."""

from __future__ import annotations

from binder_deploy.settings.model import Settings
from binder_deploy.settings.tls import LetsEncrypt

KEY = "certificates"
"""Of the configuration: what trusted certificates are ordered for (`subject`); empty or missing: for nothing yet."""


def on_trial(settings: Settings) -> bool:
    """Whether the certificates are staging ones that are to give way to trusted ones."""
    return isinstance(settings.tls, LetsEncrypt) and settings.tls.server == "staged"


def subject(settings: Settings) -> str:
    """What the certificate is for. Another domain is another one: it begins with staging again."""
    return ",".join(settings.hosts) or "address"


def arrived(settings: Settings, noted: str | None) -> Settings:
    """The settings with the server that is to be asked now: production, once that is `noted` for this very subject."""
    if not on_trial(settings) or noted != subject(settings):
        return settings
    return settings.model_copy(update={"tls": settings.tls.model_copy(update={"server": "production"})})
