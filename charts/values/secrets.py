"""The secrets that a Binder service is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, repr=False)
class ServiceSecrets:
    """Opaque values (an engine's promises, as a rule): passed on, never looked into.

    Each is given explicitly: z2jh otherwise makes them up with `lookup` and logs everybody out whenever a
    chart is rendered away from the cluster (jupyterhub/zero-to-jupyterhub-k8s#2887).
    """

    hub_api_token: Any
    """BinderHub's token for the hub: 64 hexadecimal digits."""
    proxy_token: Any
    """The hub's token for the proxy: 64 hexadecimal digits, not the same ones."""
    cookie_secret: Any
    """64 hexadecimal digits."""
    crypt_key: Any
    """CryptKeeper's key: 64 hexadecimal digits."""
    registry_key: Any = None
    """JSON key of the push account; only for `registry.push: key`."""
    github_token: Any = None
    """Token for GitHub's API, if there is one."""
    tls_certificate: Any = None
    """PEM; only for `tls.kind: certificate`, like its key."""
    tls_key: Any = None
    push_password: Any = None
    """Of `registry.push`, or of who writes to a registry inside the cluster."""
    pull_password: Any = None
    """Of `registry.pull`, if there is one, or of who reads from a registry inside the cluster."""
    registry_users: Any = None
    """Both with their passwords' hashes, as an htpasswd file: what a registry inside the cluster knows."""
    client_secret: Any = None
    """Of the OAuth application of `access`."""
    metrics_token: Any = None
    """With `monitoring`: reads the hub's measurements and nothing else; 64 hexadecimal digits."""
    grafana_password: Any = None
    """With `monitoring`: of Grafana's `admin`."""
    alerts_secret: Any = None
    """Of `monitoring.alerts`: an address, or a password."""
