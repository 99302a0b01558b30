"""Waits until a cluster has handed back what its controllers made in the cloud: load balancers and disks.

Both outlive a cluster that is deleted too early, and are billed: whoever removes them must still be running.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.client import api_client
from binder_deploy.settings.leftovers import Leftover
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    MONITORING_NAMESPACE,
    TRAEFIK_NAMESPACE,
)

NAMESPACES = (BINDER_NAMESPACE, TRAEFIK_NAMESPACE, CERT_MANAGER_NAMESPACE, MONITORING_NAMESPACE)
Observer = Callable[[tuple[Leftover, ...], float], None]
"""Gets what is still there, and the seconds since the start, whenever the former changes."""


class ClusterSilent(Exception):
    """The cluster could not be asked until the time was up: nothing is known about its disks and load balancers."""


def await_released(
    kubeconfig: Path,
    *,
    classes: Collection[str],
    namespaces: Collection[str] = NAMESPACES,
    timeout_s: float,
    observe: Observer = lambda remaining, elapsed_s: None,
    every_s: float = 1.0,
) -> tuple[Leftover, ...]:
    """What is still there when everything is gone that will go by itself, or after `timeout_s` seconds.

    Counts Services of type LoadBalancer in `namespaces` and PersistentVolumes of the StorageClasses `classes` or
    claimed from `namespaces`. A volume with reclaim policy Retain never goes: it is reported, not waited for. Raises
    `ClusterSilent` when the API server could not be asked.
    """
    api = CoreV1Api(api_client(kubeconfig))
    start = time.monotonic()
    before: tuple[Leftover, ...] | None = None
    while True:
        silent: Exception | None = None
        try:
            going, kept = _remaining(api, classes, namespaces)
        except HTTPError as error:  # the control plane may be away for a moment, most of all while nodes are removed
            silent = error
        except ApiException as error:
            if error.status not in {429, 500, 502, 503, 504}:
                raise ClusterSilent(
                    f"the cluster refuses to answer ({error.status} {error.reason}): log in again"
                ) from error
            silent = error
        elapsed = time.monotonic() - start
        if silent is None:
            if (*going, *kept) != before:
                before = (*going, *kept)
                observe(before, elapsed)
            if not going or elapsed + every_s > timeout_s:
                return before
        elif elapsed + every_s > timeout_s:
            raise ClusterSilent(f"the cluster does not answer: {type(silent).__name__}") from silent
        time.sleep(every_s)


def _remaining(
    api: CoreV1Api, classes: Collection[str], namespaces: Collection[str]
) -> tuple[tuple[Leftover, ...], tuple[Leftover, ...]]:
    """What is on its way out, and what stays for good."""
    found = [*_load_balancers(api, namespaces), *_volumes(api, classes, namespaces)]
    return tuple(left for left, goes in found if goes), tuple(left for left, goes in found if not goes)


def _load_balancers(api: CoreV1Api, namespaces: Collection[str]) -> Iterator[tuple[Leftover, bool]]:
    for service in _items(api.list_service_for_all_namespaces):
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        if service["spec"].get("type") == "LoadBalancer" and namespace in namespaces:
            yield (
                Leftover(
                    kind="Service",
                    name=f"{namespace}/{name}",
                    reason="its load balancer is billed by the hour and outlives the cluster",
                    command=f"kubectl -n {namespace} delete service {name}",
                ),
                True,
            )


def _volumes(api: CoreV1Api, classes: Collection[str], namespaces: Collection[str]) -> Iterator[tuple[Leftover, bool]]:
    for volume in _items(api.list_persistent_volume):
        name, spec = volume["metadata"]["name"], volume["spec"]
        claim = spec.get("claimRef") or {}
        if spec.get("storageClassName") not in classes and claim.get("namespace") not in namespaces:
            continue
        goes = spec.get("persistentVolumeReclaimPolicy") == "Delete"
        holder = f" of claim {claim['namespace']}/{claim['name']}" if claim else ""
        policy = "" if goes else "; its reclaim policy keeps it for ever"
        # The claim comes first: a volume that is deleted while it is bound waits for it.
        by_claim = f"kubectl -n {claim['namespace']} delete pvc {claim['name']}" if claim and goes else ""
        yield (
            Leftover(
                kind="PersistentVolume",
                name=name,
                reason=f"disk{holder}, billed by the GB and outliving the cluster{policy}",
                command=by_claim or f"kubectl delete pv {name}",
            ),
            goes,
        )


def _items(listing: Callable[..., Any]) -> list[dict[str, Any]]:
    """What a list call of the client brings, as plain JSON."""
    answer = listing(_request_timeout=10, _preload_content=False)
    return list(json.loads(answer.data).get("items") or ())
