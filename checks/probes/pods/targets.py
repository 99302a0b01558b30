"""Which addresses canary pods try, and how each should end. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from binder_deploy.charts.values.placement import POOL_LABEL, PURPOSE_LABEL
from binder_deploy.checks.facts import network as n
from binder_deploy.checks.probes.pods.canary import Attempt
from binder_deploy.settings.names import BINDER_RELEASE

PATIENCE_S = 45
"""Seconds until an address that is open must have answered; a new pod's policies take some of them."""
SETTLING_S = 25
"""Seconds until an address that is closed must be. Some enforcers let everything pass while they read the policies."""
TIMEOUT_S = 5


@dataclass(frozen=True)
class Addresses:
    """Where things are, as a pod of this cluster calls them."""

    api_server: tuple[str, int]
    """Address and port of the Service `kubernetes`: it needs no name service and is in every cluster."""
    binder: tuple[str, int]
    """Of the Service `binder`: a private address that no server has business with."""
    registry: str
    """Host that images are pushed to."""
    hub: str = "http://hub:8081/hub/api"
    """What the chart tells servers."""
    hub_by_proxy: str = "http://proxy-public/hub/api"
    """Below `hub_url_local`."""
    build_nodes: Mapping[str, str] = field(default_factory=lambda: {POOL_LABEL: "build"})
    """Node selector of builds."""
    user_nodes: Mapping[str, str] = field(default_factory=lambda: {PURPOSE_LABEL: "user"})
    """Node selector of people's servers."""
    release: str = BINDER_RELEASE
    """Of the Binder service: a label of people's servers."""
    hub_host: str = "hub"
    metadata: tuple[str, int] = ("169.254.169.254", 80)
    outside: str = "pypi.org"
    github: str = "https://github.com/"
    pypi: str = "https://pypi.org/simple/pip/"
    large: str = "https://pypi.org/simple/"
    """The index of all packages: tens of megabytes, of which the first five are read."""
    docker_token: str = (
        "https://auth.docker.io/token?service=registry.docker.io&scope=repository:ratelimitpreview/test:pull"  # noqa: S105
    )
    docker_limit: str = "https://registry-1.docker.io/v2/ratelimitpreview/test/manifests/latest"


def enforcement(at: Addresses, *, allowed: bool) -> list[Attempt]:
    """The one address that both pods of the enforcement probe try."""
    return [_tcp(n.API_SERVER, at.api_server, "open" if allowed else "closed")]


def server(at: Addresses) -> list[Attempt]:
    """What a person's server must reach, and must not."""
    return [
        _dns(n.NAMES_INSIDE, at.hub_host),
        _dns(n.NAMES_OUTSIDE, at.outside),
        _attempt(n.HUB, "expects", url=at.hub, has='"version"'),
        _attempt(n.HUB_BY_PROXY, "expects", url=at.hub_by_proxy, has='"version"'),
        _tcp(n.METADATA, at.metadata, "closed"),
        _tcp(n.API_SERVER, at.api_server, "closed"),
        _tcp(n.PRIVATE, at.binder, "closed"),
    ]


def build(at: Addresses) -> list[Attempt]:
    """What a build must reach, and must not."""
    return [
        _tcp(n.METADATA, at.metadata, "closed"),
        _dns(n.NAMES_OUTSIDE, at.outside),
        _attempt(n.REGISTRY, "web", url=f"https://{at.registry}/v2/"),
        _attempt(n.GITHUB, "web", url=at.github),
        _attempt(n.PYPI, "web", url=at.pypi),
        _attempt(n.DOWNLOAD, "download", url=at.large, bytes=5_000_000, patience_s=60),
        _attempt(n.DOCKER_HUB, "limit", url=at.docker_limit, token_url=at.docker_token),
    ]


def _tcp(name: str, at: tuple[str, int], want: str) -> Attempt:
    return _attempt(name, "tcp", want, host=at[0], port=at[1])


def _dns(name: str, host: str) -> Attempt:
    return _attempt(name, "dns", host=host)


def _attempt(name: str, kind: str, want: str = "open", **more: Any) -> Mapping[str, Any]:
    within = PATIENCE_S if want == "open" else SETTLING_S
    return {"name": name, "kind": kind, "want": want, "within_s": within, "timeout_s": TIMEOUT_S, **more}
