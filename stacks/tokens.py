"""Tokens and keys that a deployment generates once and keeps, encrypted, in its state's configuration.

They are passed to the charts explicitly: what a chart generates by itself changes under client-side
rendering, and then everybody is logged out (zero-to-jupyterhub-k8s#2887).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from binder_deploy.settings.choices import brings_registry
from binder_deploy.settings.model import Settings

TOKENS = ("hubToken", "proxyToken", "cookieSecret", "cryptKey")
"""Configuration keys; each is 32 random bytes as 64 hexadecimal digits, as JupyterHub wants them."""
REGISTRY_TOKENS = ("registryPush", "registryPull")
"""Passwords of a registry inside the cluster, where there is one: for who writes images, and for who reads them."""

MONITORING_TOKENS = ("metricsToken", "grafanaPassword")
"""With `monitoring`: what Prometheus asks the hub with, and what people log in to Grafana with."""


def tokens_of(settings: Settings) -> tuple[str, ...]:
    """Keys of all that a deployment needs."""
    return (
        *TOKENS,
        *(REGISTRY_TOKENS if brings_registry(settings) else ()),
        *(MONITORING_TOKENS if settings.monitoring else ()),
    )


def missing_tokens(configured: Collection[str], wanted: Sequence[str] = TOKENS) -> dict[str, str]:
    """Fresh values for the keys that have none yet."""
    return {key: secrets.token_hex(32) for key in wanted if key not in configured}
