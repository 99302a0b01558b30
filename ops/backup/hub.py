"""The hub as the cluster has it: its Deployment, its pod, and where in it the database lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from kubernetes.client import AppsV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException

from binder_deploy.ops.backup.pod_exec import At
from binder_deploy.ops.client import got, listed
from binder_deploy.settings.names import BINDER_NAMESPACE

NAME = "hub"
LABELS = "app=jupyterhub,component=hub"
CLAIM = "hub-db-dir"
FILE = "jupyterhub.sqlite"
"""Name of the database below the claim's mount, as Zero to JupyterHub has it."""
REPLICAS = "binder-deploy/replicas"
"""Annotation of the hub's Deployment while it is stopped: how many there were."""

NONE, NO_CLUSTER, PLAYED = (
    "there is no hub in the cluster",
    "there is no cluster yet",
    "nothing runs in a rehearsal, so its hub has no database",
)
ABSENT = {NONE, NO_CLUSTER, PLAYED}
"""Why a backup may be whole without a database: there is none."""


class NoHub(Exception):
    """There is no hub whose database could be had; the text says what there is instead."""


@dataclass(frozen=True)
class Hub:
    """The hub's Deployment."""

    spec: Mapping[str, Any]
    """Of its pods."""
    replicas: int
    """As many as there are when it is not stopped."""
    stopped: bool
    """Whether a restore stopped it, and has not started it again."""

    @property
    def container(self) -> Mapping[str, Any]:
        """The hub's own."""
        found = [c for c in self.spec["containers"] if c["name"] == NAME]
        return dict((found or self.spec["containers"])[0])

    @property
    def image(self) -> str:
        return str(self.container["image"])

    def with_image(self, image: str) -> Hub:
        """The same with another image."""
        own = self.container["name"]
        changed = [{**c, "image": image} if c["name"] == own else c for c in self.spec["containers"]]
        return replace(self, spec={**self.spec, "containers": changed})

    @property
    def volume(self) -> Mapping[str, Any]:
        """The volume with the database. Raises `NoHub` if there is none."""
        for volume in self.spec.get("volumes") or ():
            if (volume.get("persistentVolumeClaim") or {}).get("claimName") == CLAIM:
                return dict(volume)
        raise NoHub(f"the hub has no volume of the claim {CLAIM}: its database is not SQLite on a disk of its own")

    @property
    def mount(self) -> Mapping[str, Any]:
        """How its container mounts it. Raises `NoHub`."""
        name = self.volume["name"]
        return dict(next(m for m in self.container["volumeMounts"] if m["name"] == name))

    @property
    def database(self) -> str:
        """Path of the database in the container. Raises `NoHub`."""
        return str(PurePosixPath(self.mount["mountPath"]) / FILE)


def hub(api: AppsV1Api, namespace: str = BINDER_NAMESPACE) -> Hub:
    """Look at it. Raises `NoHub`, `ApiException`, urllib3's `HTTPError`."""
    try:
        found = got(api.read_namespaced_deployment, NAME, namespace)
    except ApiException as error:
        if error.status == 404:
            raise NoHub(NONE) from None
        raise
    noted = (found["metadata"].get("annotations") or {}).get(REPLICAS)
    replicas = int(noted or found["spec"].get("replicas") or 1)
    return Hub(found["spec"]["template"]["spec"], replicas, stopped=noted is not None)


def pods(api: CoreV1Api, namespace: str = BINDER_NAMESPACE) -> list[dict[str, Any]]:
    """The hub's pods, in whatever state. Raises `ApiException`, `HTTPError`."""
    return listed(api.list_namespaced_pod, namespace, label_selector=LABELS)


def running(api: CoreV1Api, namespace: str = BINDER_NAMESPACE) -> At:
    """The container of a hub that runs. Raises `NoHub`, `ApiException`, `HTTPError`."""
    for pod in pods(api, namespace):
        states = (pod.get("status") or {}).get("containerStatuses") or ()
        up = [s["name"] for s in states if "running" in (s.get("state") or {})]
        if up and not pod["metadata"].get("deletionTimestamp"):
            return At(pod["metadata"]["name"], NAME if NAME in up else up[0], namespace)
    raise NoHub("the hub does not run")
