"""How BinderHub reads from and pushes to the image registry, and how nodes pull from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from binder_deploy.charts.values.merge import deep
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.images import REGISTRY_PULL, REGISTRY_PUSH, registry_host
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import ArtifactRegistry, HostedRegistry, InClusterRegistry, OciRegistry

WORKLOAD_IDENTITY = (Path(__file__).parent / "workload_identity.py").read_text(encoding="utf-8")
"""BinderHub configuration: a registry class that takes tokens from GKE's metadata server."""
POD_IDENTITY = (Path(__file__).parent / "pod_identity.py").read_text(encoding="utf-8")
"""BinderHub configuration: a registry class that takes tokens from ECR, as the role of EKS's pod identity."""
DOCKER_HUB_LOGIN = "https://index.docker.io/v1/"
"""By this name Docker's own programs look the login up; the registry itself is elsewhere."""
DOCKER_HUB = "https://registry-1.docker.io"


def registry(settings: Settings, secrets: ServiceSecrets) -> dict[str, Any]:
    """Values of `binderhub`: `registry`, `config.DockerRegistry`, `extraConfig`, `jupyterhub.imagePullSecret`.

    The user name is always written: upstream's default is right for one retired registry only. The URL
    also goes into `DockerRegistry`: a Binder that cannot read manifests builds everything anew.
    """
    chosen = settings.registry
    url = f"https://{registry_host(settings)}"
    if isinstance(chosen, HostedRegistry | OciRegistry):
        return _by_password(chosen, url, secrets)
    if isinstance(chosen, InClusterRegistry):
        return _logins(url, url, (REGISTRY_PUSH, secrets.push_password), (REGISTRY_PULL, secrets.pull_password))
    if isinstance(chosen, ArtifactRegistry) and chosen.push == "key":
        login = {"url": url, "username": "_json_key", "password": secrets.registry_key}
        return {"registry": login, "config": {"DockerRegistry": dict(login)}}
    if isinstance(chosen, ArtifactRegistry):
        return _by_token(url, "oauth2accesstoken", "00-binder-deploy-workload-identity", WORKLOAD_IDENTITY)
    return _by_token(url, "AWS", "00-binder-deploy-pod-identity", POD_IDENTITY)


def _by_token(url: str, username: str, name: str, snippet: str) -> dict[str, Any]:
    """A cloud's own registry: nodes pull as themselves, Binder asks for a token whenever it needs one."""
    return {
        # Without a password there is still a Secret to mount; the empty one is never used to log in.
        "registry": {"url": url, "username": username, "password": ""},
        "config": {"DockerRegistry": {"url": url}},
        "extraConfig": {name: snippet},
    }


def _by_password(chosen: HostedRegistry | OciRegistry, url: str, secrets: ServiceSecrets) -> dict[str, Any]:
    """A registry of somebody else's. Images are private at most of them, unless somebody changes it: nodes pull with
    a password, too, and at Docker Hub are then counted by it and not by the address that they all share."""
    hub = chosen.kind == "docker-hub"
    login_url, api_url = (DOCKER_HUB_LOGIN, DOCKER_HUB) if hub else (url, url)
    reader = chosen.pull or chosen.push
    reading = secrets.pull_password if chosen.pull else secrets.push_password
    # Harbor names no scope in its challenge, without which BinderHub finds no token.
    token = {"token_url": f"{url}/service/token?service=harbor-registry"} if chosen.kind == "harbor" else {}
    push, pull = (chosen.push.username, secrets.push_password), (reader.username, reading)
    return deep(_logins(login_url, api_url, push, pull), {"config": {"DockerRegistry": token}})


def _logins(login_url: str, api_url: str, push: tuple[str, Any], pull: tuple[str, Any]) -> dict[str, Any]:
    """User and password of who writes, and of who reads: BinderHub that looks for images, and nodes."""
    writer = {"username": push[0], "password": push[1]}
    reader = {"username": pull[0], "password": pull[1]}
    return {
        "registry": {"url": login_url, **writer},
        "config": {"DockerRegistry": {"url": api_url, **reader}},
        "jupyterhub": {"imagePullSecret": {"create": True, "registry": login_url, **reader}},
    }
