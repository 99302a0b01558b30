"""Whether a cluster answers at all."""

from __future__ import annotations

from pathlib import Path

from kubernetes.client import VersionApi
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.client import api_client


def answers(kubeconfig: Path, timeout_s: float = 10.0) -> bool:
    """Whether the API server that `kubeconfig` leads to says anything, be it a refusal."""
    try:
        VersionApi(api_client(kubeconfig)).get_code(_request_timeout=timeout_s)
    except ApiException:
        return True
    except (HTTPError, ConfigException, OSError):
        return False
    return True
