"""How BinderHub reads from and pushes to the image registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import registry_host

WORKLOAD_IDENTITY = (Path(__file__).parent / "workload_identity.py").read_text(encoding="utf-8")
"""BinderHub configuration: a registry class that takes tokens from GKE's metadata server."""


def registry(settings: Settings, secrets: ServiceSecrets) -> dict[str, Any]:
    """Values of `binderhub.registry`, `.config.DockerRegistry` and `.extraConfig` (merge them).

    The user name is always written: upstream's default is right for one retired registry only. The URL
    also goes into `DockerRegistry`: a Binder that cannot read manifests builds everything anew.
    """
    url = f"https://{registry_host(settings)}"
    if settings.registry.push == "key":
        login = {"url": url, "username": "_json_key", "password": secrets.registry_key}
        return {"registry": login, "config": {"DockerRegistry": dict(login)}}
    return {
        # Without a password there is still a Secret to mount; the empty one is never used to log in.
        "registry": {"url": url, "username": "oauth2accesstoken", "password": ""},
        "config": {"DockerRegistry": {"url": url}},
        "extraConfig": {"00-binder-deploy-workload-identity": WORKLOAD_IDENTITY},
    }
