"""Every secret that a deployment's settings refer to, and how the engine's configuration calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from binder_deploy.settings.access import Open
from binder_deploy.settings.address import Cloudflare
from binder_deploy.settings.model import Settings
from binder_deploy.settings.monitoring import Mail
from binder_deploy.settings.registry import HostedRegistry, OciRegistry
from binder_deploy.settings.secrets import SecretRef
from binder_deploy.settings.tls import OwnCertificate


@dataclass(frozen=True)
class Reference:
    """One of them."""

    key: str
    """In the engine's configuration, where it stands encrypted: `githubToken`."""
    path: str
    """Of the setting: `binder.github_token`."""
    ref: SecretRef


def references(settings: Settings) -> tuple[Reference, ...]:
    """All of them, in the order of `binder.yaml`."""
    return tuple(_references(settings))


def _references(settings: Settings) -> Iterator[Reference]:
    if isinstance(dns := settings.address.dns, Cloudflare):
        yield Reference("cloudflareToken", "address.dns.token", dns.token)
    if isinstance(tls := settings.tls, OwnCertificate):
        yield Reference("tlsCertificate", "tls.certificate", tls.certificate)
        yield Reference("tlsKey", "tls.key", tls.key)
    if isinstance(registry := settings.registry, HostedRegistry | OciRegistry):
        yield Reference("pushPassword", "registry.push.password", registry.push.password)
        if registry.pull:
            yield Reference("pullPassword", "registry.pull.password", registry.pull.password)
    if not isinstance(access := settings.access, Open):
        yield Reference("clientSecret", "access.client_secret", access.client_secret)
    if settings.binder.github_token:
        yield Reference("githubToken", "binder.github_token", settings.binder.github_token)
    if settings.monitoring and (alerts := settings.monitoring.alerts):
        path, ref = ("password", alerts.password) if isinstance(alerts, Mail) else ("url", alerts.url)
        yield Reference("alertsSecret", f"monitoring.alerts.{path}", ref)
