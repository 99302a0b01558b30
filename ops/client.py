"""How a living cluster is talked to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
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


def listed(listing: Callable[..., Any], *arguments: str, timeout_s: float = 10.0, **more: Any) -> list[dict[str, Any]]:
    """What a list call of the client brings, as plain JSON. Raises `ApiException`, urllib3's `HTTPError`."""
    return list(got(listing, *arguments, timeout_s=timeout_s, **more).get("items") or ())


def got(reading: Callable[..., Any], *arguments: str, timeout_s: float = 10.0, **more: Any) -> dict[str, Any]:
    """What any reading call of the client brings, as plain JSON. Raises as `listed`."""
    answer = reading(*arguments, _request_timeout=timeout_s, _preload_content=False, **more)
    return dict(json.loads(answer.data))
