"""Counts what a living cluster holds: nodes, people's servers, builds. Nothing is changed."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from kubernetes.client import CoreV1Api, CustomObjectsApi, VersionApi
from kubernetes.client.exceptions import ApiException

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.charts.values.quantities import number
from binder_deploy.ops.asked import asked
from binder_deploy.ops.client import api_client, got, listed
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import BINDER_NAMESPACE, CERTIFICATE, binder_namespace, certificate_namespace
from binder_deploy.settings.tls import OwnCertificate

SERVER, BUILD = "singleuser-server", "binderhub-build"
"""`component` of the pods that come and go."""
SERVICE = ("binder", "hub")
"""`component` of the pods whose images tell what is installed."""
_OVER = {"Succeeded", "Failed"}


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The nodes of one pool."""

    pool: str
    """Its role; `other` for nodes without our label."""
    count: int
    ready: int
    cpu: float
    """Cores that pods may have in all."""
    memory: float
    """Bytes."""
    cpu_requested: float
    memory_requested: float


@dataclass(frozen=True)
class Crowd:
    """Pods of one kind that are not over."""

    count: int
    waiting: int
    """Of them, those that do not run yet."""
    oldest: datetime | None


@dataclass(frozen=True, kw_only=True)
class Census:
    """A cluster at one moment."""

    kubernetes: str
    """Version of the API server: `v1.34.1`."""
    images: Mapping[str, str]
    """`binder`, `hub`, … → tag of the image that runs: what is installed, whatever the state says."""
    nodes: tuple[Nodes, ...]
    servers: Crowd
    builds: Crowd
    certificate_ends: datetime | None
    """None: there is none yet, or it could not be read."""


def census(settings: Settings, kubeconfig: Path) -> Census:
    """Ask the cluster. Raises `ClusterSilent`."""
    binder = binder_namespace(settings)
    with asked():
        api = api_client(kubeconfig)
        core = CoreV1Api(api)
        version = got(VersionApi(api).get_code)
        nodes, pods = listed(core.list_node), listed(core.list_pod_for_all_namespaces)
        ends = _certificate_ends(settings, core)
    return Census(
        kubernetes=str(version["gitVersion"]),
        images={component: tag for component in SERVICE if (tag := image_tag(pods, component, binder))},
        nodes=count_nodes(nodes, pods),
        servers=crowd(pods, SERVER, binder),
        builds=crowd(pods, BUILD, binder),
        certificate_ends=ends,
    )


def count_nodes(nodes: Sequence[Mapping[str, Any]], pods: Sequence[Mapping[str, Any]]) -> tuple[Nodes, ...]:
    """Pool by pool, core first; pods that wait for a node ask for nothing yet."""
    pool_of = {node["metadata"]["name"]: _pool(node) for node in nodes}
    asked: dict[str, tuple[float, float]] = {}
    for pod in pods:
        pool = pool_of.get(pod["spec"].get("nodeName", ""))
        if pool is not None and pod.get("status", {}).get("phase") not in _OVER:
            cpu, memory = asked.get(pool, (0.0, 0.0))
            asked[pool] = cpu + requested(pod, "cpu"), memory + requested(pod, "memory")
    order = {"core": 0, "user": 1, "build": 2}
    return tuple(
        Nodes(
            pool=pool,
            count=len(members),
            ready=sum(map(_ready, members)),
            cpu=sum(number(node["status"]["allocatable"]["cpu"]) for node in members),
            memory=sum(number(node["status"]["allocatable"]["memory"]) for node in members),
            cpu_requested=asked.get(pool, (0.0, 0.0))[0],
            memory_requested=asked.get(pool, (0.0, 0.0))[1],
        )
        for pool in sorted(set(pool_of.values()), key=lambda pool: order.get(pool, 3))
        if (members := [node for node in nodes if _pool(node) == pool])
    )


def requested(pod: Mapping[str, Any], resource: str) -> float:
    """What the scheduler counts: containers and sidecars together, or the largest that runs before them."""
    spec = pod["spec"]

    def of(container: Mapping[str, Any]) -> float:
        return number(((container.get("resources") or {}).get("requests") or {}).get(resource, 0))

    before = spec.get("initContainers") or ()
    sidecars = sum(of(c) for c in before if c.get("restartPolicy") == "Always")
    first = max((of(c) for c in before if c.get("restartPolicy") != "Always"), default=0.0)
    overhead = number((spec.get("overhead") or {}).get(resource, 0))
    return max(first, sidecars + sum(map(of, spec["containers"]))) + overhead


def crowd(pods: Sequence[Mapping[str, Any]], component: str, namespace: str = BINDER_NAMESPACE) -> Crowd:
    """The service's pods of this `component` that are not over."""
    living = [
        pod
        for pod in pods
        if pod["metadata"]["namespace"] == namespace
        and (pod["metadata"].get("labels") or {}).get("component") == component
        and pod["status"].get("phase") not in _OVER
    ]
    return Crowd(
        len(living),
        sum(pod["status"].get("phase") != "Running" for pod in living),
        min((datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) for pod in living), default=None),
    )


def image_tag(pods: Sequence[Mapping[str, Any]], component: str, namespace: str = BINDER_NAMESPACE) -> str:
    """Tag of the first image of the service's `component`; empty if it does not run, or by a digest alone."""
    for pod in pods:
        meta = pod["metadata"]
        if meta["namespace"] == namespace and (meta.get("labels") or {}).get("component") == component:
            name = str(pod["spec"]["containers"][0]["image"]).partition("@")[0].rpartition("/")[2]
            return name.partition(":")[2]
    return ""


def _pool(node: Mapping[str, Any]) -> str:
    return str((node["metadata"].get("labels") or {}).get(POOL_LABEL, "other"))


def _ready(node: Mapping[str, Any]) -> bool:
    conditions = node["status"].get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _certificate_ends(settings: Settings, core: CoreV1Api) -> datetime | None:
    """When it ends, as cert-manager says, or as a certificate of the operator's own says itself."""
    namespace = certificate_namespace(settings)
    try:
        if isinstance(settings.tls, OwnCertificate):
            secret = got(core.read_namespaced_secret, CERTIFICATE, namespace)
            return x509.load_pem_x509_certificate(base64.b64decode(secret["data"]["tls.crt"])).not_valid_after_utc
        read = CustomObjectsApi(core.api_client).get_namespaced_custom_object
        found = got(read, "cert-manager.io", "v1", namespace, "certificates", CERTIFICATE)
    except (ApiException, KeyError, ValueError):
        return None  # not there yet, or not for us to read: the checks of TLS say why
    ends = (found.get("status") or {}).get("notAfter")
    return datetime.fromisoformat(ends) if ends else None
