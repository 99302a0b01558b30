"""Facts that only pods can find out: whether policies are enforced, what servers and builds reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from binder_deploy.charts.values.placement import POOL_LABEL, PURPOSE_LABEL
from binder_deploy.checks.facts import network as n
from binder_deploy.checks.facts.network import Enforcement, Reached
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.probes.pods import targets
from binder_deploy.checks.probes.pods.canary import ALLOWED, BUILD, DENIED, SERVER
from binder_deploy.checks.probes.pods.run import PATIENCE_S, Errand, send_out
from binder_deploy.checks.probes.pods.targets import Addresses
from binder_deploy.checks.probes.service import binder_config
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.names import binder_release

_SERVICES = "/api/v1/namespaces/{}/services/{}"


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Each sends out pods of its own; they wait for nodes at the same time."""
    if given.kubeconfig is None:
        return {}
    kube, deployment, platform = Kube(given.kubeconfig), given.settings.name, given.settings.platform
    user_nodes = platform.nodes.user if isinstance(platform, Existing) else {PURPOSE_LABEL: "user"}

    def where() -> Addresses:
        return replace(addresses(kube), user_nodes=user_nodes, release=binder_release(given.settings))

    collectors: Mapping[Key[Any], Callable[[], Any]] = {
        n.ENFORCEMENT: lambda: enforcement(kube, deployment, where()),
        n.FROM_SERVER: lambda: from_server(kube, deployment, where()),
        n.FROM_BUILD: lambda: from_build(kube, deployment, where()),
    }
    # Longer than the run's own patience: it removes its pods before anybody stops waiting for it.
    return {key: Probe(collect, timeout_s=PATIENCE_S + 60) for key, collect in collectors.items()}


def addresses(kube: Kube) -> Addresses:
    """Where things are in this cluster. Raises `ApiRefused`, or `LookupError` if there is no BinderHub yet."""
    config = binder_config(kube)
    if not config.image_prefix:
        raise LookupError("BinderHub was given no image_prefix: there is no registry to reach")
    by_proxy = (config.hub_url_local or "http://proxy-public").rstrip("/")
    return Addresses(
        api_server=_service(kube, "default", "kubernetes"),
        binder=_service(kube, kube.binder, "binder"),
        registry=config.image_prefix.partition("/")[0],
        # The hub itself answers below the same path as behind the proxy.
        hub=f"http://hub:8081{urlsplit(by_proxy).path}/hub/api",
        hub_by_proxy=f"{by_proxy}/hub/api",
        build_nodes={POOL_LABEL: "build"} if config.build_nodes is None else config.build_nodes,
    )


def enforcement(kube: Kube, deployment: str, at: Addresses, *, patience_s: float = PATIENCE_S) -> Enforcement:
    """Raises as `send_out` does, here and below."""
    errands = [
        Errand(replace(DENIED, nodes=at.user_nodes), targets.enforcement(at, allowed=False), policy=False),
        Errand(replace(ALLOWED, nodes=at.user_nodes), targets.enforcement(at, allowed=True), policy=True),
    ]
    found = send_out(kube, deployment, errands, patience_s=patience_s)
    return Enforcement(found[DENIED.role][n.API_SERVER], found[ALLOWED.role][n.API_SERVER])


def from_server(kube: Kube, deployment: str, at: Addresses, *, patience_s: float = PATIENCE_S) -> Mapping[str, Reached]:
    """Name of the attempt → how it ended, from a pod that passes for a person's server."""
    likeness = replace(SERVER, nodes=at.user_nodes, labels={**SERVER.labels, "release": at.release})
    return send_out(kube, deployment, [Errand(likeness, targets.server(at))], patience_s=patience_s)[SERVER.role]


def from_build(kube: Kube, deployment: str, at: Addresses, *, patience_s: float = PATIENCE_S) -> Mapping[str, Reached]:
    """The same from a pod that passes for a build."""
    likeness = replace(BUILD, nodes=at.build_nodes)
    return send_out(kube, deployment, [Errand(likeness, targets.build(at))], patience_s=patience_s)[BUILD.role]


def _service(kube: Kube, namespace: str, name: str) -> tuple[str, int]:
    spec = kube.get(_SERVICES.format(namespace, name))["spec"]
    return str(spec["clusterIP"]), int(spec["ports"][0]["port"])
