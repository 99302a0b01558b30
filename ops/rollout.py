"""Whether what was changed runs: every pod is a new one, ready, and no old one is left to answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kubernetes.client import AppsV1Api, CoreV1Api

from binder_deploy.ops.asked import asked
from binder_deploy.ops.census import SERVER, crowd
from binder_deploy.ops.client import api_client, listed
from binder_deploy.settings.kubeconfig import binder_namespace_in

SERVICE = ("hub", "proxy", "binder")
"""Deployments that a launch needs."""
EVERY_S = 2.0

Json = Mapping[str, Any]
_Seen = TypeVar("_Seen")


def behind(kubeconfig: Path, wanted: Sequence[str] = SERVICE) -> tuple[str, ...]:
    """What is not rolled out yet, each with why; empty: all of it is. Raises `ClusterSilent`."""
    with asked():
        namespace = binder_namespace_in(kubeconfig)
        api = api_client(kubeconfig)
        found = {d["metadata"]["name"]: d for d in listed(AppsV1Api(api).list_namespaced_deployment, namespace)}
        pods = listed(CoreV1Api(api).list_namespaced_pod, namespace)
    lags = ((name, lag(found[name], pods) if name in found else "it does not exist") for name in wanted)
    return tuple(f"{name}: {why}" for name, why in lags if why)


def lag(deployment: Json, pods: Sequence[Json]) -> str:
    """Why a Deployment is not rolled out; empty if it is."""
    meta, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status") or {}
    wanted = int(spec.get("replicas", 1))
    if not wanted:
        return "it is scaled to 0"
    if int(status.get("observedGeneration", 0)) < int(meta.get("generation", 1)):
        return "its change has not been seen yet"
    updated, ready = int(status.get("updatedReplicas", 0)), int(status.get("readyReplicas", 0))
    if updated < wanted:
        return f"{updated} of {wanted} pods are new"
    if int(status.get("replicas", 0)) > updated:
        return f"{int(status['replicas']) - updated} old pods are there yet"
    if ready < wanted or int(status.get("availableReplicas", 0)) < wanted:
        return f"{ready} of {wanted} pods are ready"
    # One that is on its way out is not counted above, and may still answer.
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    leaving = [p for p in pods if p["metadata"].get("deletionTimestamp") and _has(p, labels)]
    return f"{len(leaving)} old pods are on their way out" if leaving else ""


def await_rolled_out(kubeconfig: Path, timeout_s: float, wanted: Sequence[str] = SERVICE) -> tuple[str, ...]:
    """Wait until everything is rolled out; what is not when the time is over. Raises `ClusterSilent`."""
    return _awaited(lambda: behind(kubeconfig, wanted), timeout_s)


def servers(kubeconfig: Path) -> int:
    """People's servers that are not over. Raises `ClusterSilent`."""
    with asked():
        namespace = binder_namespace_in(kubeconfig)
        pods = listed(CoreV1Api(api_client(kubeconfig)).list_namespaced_pod, namespace)
    return crowd(pods, SERVER, namespace).count


def await_no_servers(kubeconfig: Path, timeout_s: float) -> int:
    """Wait until nobody's server runs any more; how many do when the time is over. Raises `ClusterSilent`."""
    return _awaited(lambda: servers(kubeconfig), timeout_s)


def _awaited(look: Callable[[], _Seen], timeout_s: float) -> _Seen:
    """What `look` says when it says nothing any more, or when the time is over."""
    deadline = time.monotonic() + timeout_s
    while (seen := look()) and time.monotonic() < deadline:
        time.sleep(EVERY_S)
    return seen


def _has(pod: Json, labels: Mapping[str, str]) -> bool:
    own = pod["metadata"].get("labels") or {}
    return bool(labels) and all(own.get(k) == v for k, v in labels.items())
