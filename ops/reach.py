"""Whether a cluster answers at all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from kubernetes.client import ApiClient, Configuration, VersionApi
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException, load_kube_config
from urllib3.exceptions import HTTPError


def answers(kubeconfig: Path, timeout_s: float = 10.0) -> bool:
    """Whether the API server that `kubeconfig` leads to says anything, be it a refusal."""
    settings = Configuration()
    try:
        load_kube_config(config_file=str(kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError):
        return False
    if urlsplit(settings.host).hostname in {"127.0.0.1", "localhost", "::1"}:
        settings.proxy = None  # a site's proxy cannot reach this machine's loopback
    settings.retries = False
    try:
        VersionApi(ApiClient(settings)).get_code(_request_timeout=timeout_s)
    except ApiException:
        return True
    except HTTPError:
        return False
    return True
