"""What a GKE cluster contains before anybody installs anything: storage classes, the disk driver, and system pods
whose requests take their share of every machine.

Names, parameters and sizes as GKE ships them (Standard cluster, Dataplane V2, 1.3x); the requests of the many agents
are summed up in one DaemonSet. The autoscaler and the scheduler count it like any other pod.
"""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.controllers.api import Api, Object

DRIVER = "pd.csi.storage.gke.io"

STORAGE_CLASSES = {"standard-rwo": "pd-balanced", "premium-rwo": "pd-ssd", "standard": "pd-standard"}
"""Storage class → disk type. `standard-rwo` is the default one; `standard` is of old and binds at once, before it is
known in which zone the pod will run."""

NODE_AGENTS = {"cpu": "285m", "memory": "480Mi"}
"""On every node: dataplane agent, logging, metrics, metadata server, DNS cache, disk driver."""
DNS = {"cpu": "270m", "memory": "145Mi"}
"""One replica of kube-dns with its sidecars. It tolerates no taint of ours: some pool must be without one."""


def furnish(api: Api) -> None:
    """Create it all; what is there already is left alone. Raises `ApiError`."""
    for collection, body in objects():
        api.create(collection, body)


def objects() -> Iterator[tuple[str, Object]]:
    """(collection's path, object), in the order of creation."""
    for name, disk in STORAGE_CLASSES.items():
        yield "/apis/storage.k8s.io/v1/storageclasses", storage_class(name, disk, default=name == "standard-rwo")
    yield (
        "/apis/storage.k8s.io/v1/csidrivers",
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": DRIVER},
            "spec": {"attachRequired": False, "podInfoOnMount": False, "volumeLifecycleModes": ["Persistent"]},
        },
    )
    yield (
        "/apis/apps/v1/namespaces/kube-system/daemonsets",
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "node-agents", "namespace": "kube-system"},
            "spec": _workload("node-agents", NODE_AGENTS, [{"operator": "Exists"}], "system-node-critical"),
        },
    )
    yield (
        "/apis/apps/v1/namespaces/kube-system/deployments",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "kube-dns", "namespace": "kube-system"},
            "spec": {
                "replicas": 2,
                **_workload("kube-dns", DNS, [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
                            "system-cluster-critical"),
            },
        },
    )  # fmt: skip


def storage_class(name: str, disk: str, *, default: bool) -> Object:
    """A storage class of the disk driver: zonal, expandable."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "labels": {"addonmanager.kubernetes.io/mode": "EnsureExists"},
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"} if default else {},
        },
        "provisioner": DRIVER,
        "parameters": {"type": disk},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate" if name == "standard" else "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def _workload(name: str, requests: dict[str, str], tolerations: list[Object], priority: str) -> Object:
    labels = {"k8s-app": name}
    container = {"name": name, "image": f"gke.gcr.io/{name}", "resources": {"requests": requests}}
    return {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [container], "tolerations": tolerations, "priorityClassName": priority},
        },
    }
