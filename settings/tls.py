"""`tls`: where certificates come from."""

from __future__ import annotations

from typing import Literal

from binder_deploy.settings.base import Email, Model
from binder_deploy.settings.secrets import SecretRef


class LetsEncrypt(Model):
    """Certificates from Let's Encrypt, kept fresh by cert-manager: for the domain's hosts, or for the bare IP address
    (short-lived ones, renewed every few days)."""

    kind: Literal["letsencrypt"] = "letsencrypt"
    email: Email
    """Let's Encrypt writes there when a certificate is about to expire."""
    server: Literal["staging", "production"] = "staging"
    """Staging has generous limits and certificates that browsers refuse; switch when the checks pass."""


class OwnCertificate(Model):
    """A certificate of the institution. Renewing it is its business: `up` installs whatever the files hold."""

    kind: Literal["certificate"]
    certificate: SecretRef
    """The chain, PEM, the host's certificate first; it must name both hosts."""
    key: SecretRef
    """Its private key, PEM."""


class SelfSigned(Model):
    """A certificate authority of the cluster's own: for trials. Every browser warns."""

    kind: Literal["self-signed"]
