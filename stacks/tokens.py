"""Tokens and keys that a deployment generates once and keeps, encrypted, in its state's configuration.

They are passed to the charts explicitly: what a chart generates by itself changes under client-side
rendering, and then everybody is logged out (zero-to-jupyterhub-k8s#2887).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection

TOKENS = ("hubToken", "proxyToken", "cookieSecret", "cryptKey")
"""Configuration keys; each is 32 random bytes as 64 hexadecimal digits, as JupyterHub wants them."""


def missing_tokens(configured: Collection[str]) -> dict[str, str]:
    """Fresh values for the keys that have none yet."""
    return {key: secrets.token_hex(32) for key in TOKENS if key not in configured}
