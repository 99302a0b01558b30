"""What an ordinary cluster contains before anybody installs anything: nodes, a default storage class, and whatever the
settings say of it. The cluster that the settings name is never contacted, so nothing else is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.existing import Existing, NodeSize
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import shares
from binder_deploy.settings.tls import OwnCertificate

PROVISIONER = "rancher.io/local-path"
"""What kind, k3s and many small clusters make disks with."""
STORAGE_CLASS = "standard"
NODES_FOR_EACH = 2
ORDINARY = NodeSize(cpu=8, memory="32Gi")
"""Of a node that the settings say nothing of."""
PODS_ON_A_NODE = 110

STORAGE_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
INGRESS_CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"


SHARED_CLASS = "shared"
"""IngressClass of a shared cluster, if the settings name none."""


class NotPlayable(Exception):
    """The settings rely on something of their cluster that a rehearsal cannot play."""


def furnish(api: Api, settings: Settings) -> None:
    """Create it all. Raises `ApiError`, `NotPlayable`."""
    if narrowed(settings.platform, Existing).cert_manager == "use":
        raise NotPlayable(
            "platform.cert_manager: use counts on a cert-manager that only the cluster has; leave it out (auto) for a "
            "rehearsal, which then plays one of our own"
        )
    if shares(settings) and not isinstance(settings.tls, OwnCertificate):
        raise NotPlayable(
            "platform.shared counts on a cert-manager that only the cluster has; a rehearsal needs a certificate of "
            "your own: `tls: {kind: certificate, …}`"
        )
    for collection, body in objects(settings):
        api.create(collection, body)


def objects(settings: Settings) -> Iterator[tuple[str, Object]]:
    """(collection's path, object), in the order of creation."""
    platform, chosen = narrowed(settings.platform, Existing), settings.hub.storage_class
    yield STORAGE_CLASSES, storage_class(STORAGE_CLASS, default=True)
    if chosen not in (None, STORAGE_CLASS):
        yield STORAGE_CLASSES, storage_class(str(chosen), default=False)
    if platform.ingress_class is not None or platform.shared:
        yield INGRESS_CLASSES, ingress_class(platform.ingress_class or SHARED_CLASS, "rehearsal/some-controller")
    selectors = (platform.nodes.core, platform.nodes.user, platform.nodes.build)
    different = {tuple(sorted(selector.items())): selector for selector in selectors}.values()
    for number, labels in enumerate((s for s in different for _ in range(NODES_FOR_EACH)), start=1):
        yield "/api/v1/nodes", node(f"node-{number}", labels, platform.node_size or ORDINARY)


def storage_class(name: str, *, default: bool, provisioner: str = PROVISIONER) -> Object:
    """A StorageClass that waits for its pod."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"} if default else {},
        },
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def ingress_class(name: str, controller: str, *, default: bool = False) -> Object:
    """An IngressClass; who serves it is elsewhere."""
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"controller": controller},
    }


def node(name: str, labels: Mapping[str, str], size: NodeSize = ORDINARY) -> Object:
    """A machine; kwok plays its kubelet."""
    room = {"cpu": f"{size.cpu:g}", "memory": size.memory, "pods": str(PODS_ON_A_NODE)}
    system = {"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": name}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {**system, **labels},
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
        "status": {"capacity": room, "allocatable": room, "nodeInfo": _INFO},
    }


_INFO = {
    "architecture": "amd64",
    "operatingSystem": "linux",
    "osImage": "Debian GNU/Linux",
    "kernelVersion": "6.12.0",
    "kubeletVersion": "v1.36.0",
    "kubeProxyVersion": "v1.36.0",
    "containerRuntimeVersion": "containerd://2.1.4",
    "machineID": "", "systemUUID": "", "bootID": "",
}  # fmt: skip
