"""`tls`: where certificates come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from binder_deploy.settings.base import Email, Model
from binder_deploy.settings.secrets import SecretRef

DIRECTORIES: Mapping[str, str] = {
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "production": "https://acme-v02.api.letsencrypt.org/directory",
}
"""Server of Let's Encrypt → where it tells what it offers (letsencrypt.org/docs/acme-protocol-updates)."""


class LetsEncrypt(Model):
    """Certificates from Let's Encrypt, kept fresh by cert-manager: for the domain's hosts, or for the bare IP address
    (short-lived ones, renewed every few days)."""

    kind: Literal["letsencrypt"] = "letsencrypt"
    email: Email
    """Let's Encrypt writes there when a certificate is about to expire."""
    server: Literal["staging", "staged", "production"] = "staging"
    """Staging has generous limits and certificates that browsers refuse; switch to production when the checks pass, or
    write `staged`: then `up` does that by itself, and stays there."""

    @property
    def directory(self) -> Literal["staging", "production"]:
        """The server that is asked now: `staged` means staging until `settings.staged` knows better."""
        return "production" if self.server == "production" else "staging"


class OwnCertificate(Model):
    """A certificate of the institution. Renewing it is its business: `up` installs whatever the files hold."""

    kind: Literal["certificate"]
    certificate: SecretRef
    """The chain, PEM, the host's certificate first; it must name every host."""
    key: SecretRef
    """Its private key, PEM."""


class SelfSigned(Model):
    """A certificate authority of the cluster's own: for trials. Every browser warns."""

    kind: Literal["self-signed"]
