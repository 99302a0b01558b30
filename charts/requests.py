"""What the pods ask of each pool, read from the values: the nodes of a pool must be able to hold it, else
pods stay Pending. Kubernetes schedules by requests; limits do not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from binder_deploy.charts.values.placement import Role
from binder_deploy.charts.values.quantities import jupyterhub_bytes, number
from binder_deploy.charts.values.zot import ZOT

Count = Literal["fixed", "per-node", "on-demand"]


@dataclass(frozen=True)
class Request:
    """What one kind of pod asks for."""

    pod: str
    pool: Role
    cpu: float
    """Cores of one pod."""
    memory: int
    """Bytes of one pod."""
    replicas: int = 1
    count: Count = "fixed"
    """`fixed`: `replicas` in all. `per-node`: one on every node of the pool. `on-demand`: one for each server
    or build; a node must hold one at least."""


SYSTEM_ON_A_NODE = Request("GKE's own agents", "core", 0.4, 700 * 2**20, count="per-node")
"""Logging, metrics, metadata, disks and network on each node, of any pool. Rounded up from a node's listing
in cryptnono/cryptnono#34 (GKE 1.29): 105m and 230Mi for logs, 100m and 100Mi for metadata, and smaller ones."""
SYSTEM_ONCE = Request("GKE's own services", "core", 0.7, 600 * 2**20)
"""Name service (two of 260m and 110Mi), connectivity and autoscalers, once in a cluster; they tolerate no
taint of ours, so they land in the core pool. Same listing, rounded up."""


def requests(
    binder_service: Mapping[str, Any],
    traefik: Mapping[str, Any],
    cert_manager: Mapping[str, Any],
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Request, ...]:
    """Every pod's request, from the three charts' values, and those of others that the settings ask for (chart →
    values); the secrets in them are not looked at."""
    hub = binder_service["binderhub"]["jupyterhub"]
    return (
        SYSTEM_ON_A_NODE,
        SYSTEM_ONCE,
        *_core(binder_service["binderhub"], hub),
        _pod("traefik", "core", traefik, traefik["deployment"]["replicas"]),
        _pod("cert-manager", "core", cert_manager),
        _pod("cert-manager-webhook", "core", cert_manager["webhook"]),
        _pod("cert-manager-cainjector", "core", cert_manager["cainjector"]),
        *((_pod("registry", "core", more[ZOT]),) if more and ZOT in more else ()),
        *(_monitoring(more) if more and "prometheus" in more else ()),
        *_builds(binder_service),
        Request(
            "server",
            "user",
            float(hub["singleuser"]["cpu"]["guarantee"]),
            jupyterhub_bytes(hub["singleuser"]["memory"]["guarantee"]),
            count="on-demand",
        ),
    )


def _core(binderhub: Mapping[str, Any], hub: Mapping[str, Any]) -> tuple[Request, ...]:
    scheduler = hub["scheduling"]["userScheduler"]
    return (
        _pod("binder", "core", binderhub, binderhub["replicas"]),
        _pod("hub", "core", hub["hub"]),
        _pod("proxy", "core", hub["proxy"]["chp"]),
        _pod("user-scheduler", "core", scheduler, scheduler["replicas"]),
    )


def _monitoring(more: Mapping[str, Mapping[str, Any]]) -> tuple[Request, ...]:
    prometheus, server = more["prometheus"], more["prometheus"]["server"]
    beside = _pod("", "core", prometheus["configmapReload"]["prometheus"])
    alone = _pod("prometheus", "core", server)
    return (
        # The server and what reloads its configuration are containers of one pod.
        Request(alone.pod, "core", alone.cpu + beside.cpu, alone.memory + beside.memory),
        _pod("alertmanager", "core", prometheus["alertmanager"]),
        _pod("kube-state-metrics", "core", prometheus["kube-state-metrics"]),
        _pod("grafana", "core", more["grafana"]),
    )


def _builds(values: Mapping[str, Any]) -> tuple[Request, ...]:
    binderhub = values["binderhub"]
    builder = binderhub["imageBuilderType"]
    build = binderhub["config"]["KubernetesBuildExecutor"]
    cleaner = {"resources": {"requests": values["guardrails"]["defaultRequests"]}}
    return (
        _pod(f"{builder} (builder)", "build", binderhub[builder], count="per-node"),
        _pod("image-cleaner", "build", cleaner, count="per-node"),
        _pod("build", "build", build, count="on-demand"),
    )


def _pod(name: str, pool: Role, values: Mapping[str, Any], replicas: int = 1, count: Count = "fixed") -> Request:
    asked = values["resources"]["requests"]
    return Request(name, pool, number(asked["cpu"]), int(number(asked["memory"])), replicas, count)
