"""How a living cluster is talked to."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config


def api_client(kubeconfig: Path) -> ApiClient:
    """A client that fails at once instead of trying again by itself. Raises what an unusable file makes it raise."""
    settings = Configuration()
    load_kube_config(config_file=str(kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
    if urlsplit(settings.host).hostname in {"127.0.0.1", "localhost", "::1"}:
        settings.proxy = None  # a site's proxy cannot reach this machine's loopback
    settings.retries = False
    return ApiClient(settings)
