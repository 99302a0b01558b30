"""What an EKS cluster contains before anybody installs anything, and what its add-ons bring. Names and sizes as EKS
ships them, the many containers of one pod summed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from binder_deploy.rehearsal.controllers.api import Api, Object

DRIVER = "ebs.csi.aws.com"
DISK_ACCOUNT = "ebs-csi-controller-sa"
"""Service account that the disk driver's controller runs as."""

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DRIVERS = "/apis/storage.k8s.io/v1/csidrivers"
DAEMONSETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"
DEPLOYMENTS = "/apis/apps/v1/namespaces/kube-system/deployments"
ACCOUNTS = "/api/v1/namespaces/kube-system/serviceaccounts"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"

EVERYWHERE: Sequence[Object] = ({"operator": "Exists"},)
CRITICAL: Sequence[Object] = ({"key": "CriticalAddonsOnly", "operator": "Exists"},)
"""What the add-ons' Deployments tolerate: no taint of ours."""

Made = tuple[str, Object]
"""Path of the collection, object."""


def furnish(api: Api) -> None:
    """Create it all; what is there already is left alone. Raises `ApiError`."""
    for collection, body in objects():
        api.create(collection, body)


def objects() -> Iterator[Made]:
    """A storage class of old, which no new version of Kubernetes takes by default any more."""
    yield (
        CLASSES,
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp2", "annotations": {}},
            "provisioner": "kubernetes.io/aws-ebs",
            "parameters": {"type": "gp2", "fsType": "ext4"},
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    )


def addon(name: str) -> list[Made]:
    """What an add-on puts into the cluster; nothing for one that is not played inside."""
    return list(_ADDONS.get(name, ()))


def administrator(principal: str, user: str) -> Made:
    """Makes a user an administrator. EKS decides that outside Kubernetes; here a binding does."""
    name = "eks-access:" + principal.replace("/", ":").rpartition(":iam::")[2]
    return BINDINGS, {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }


def _daemonset(name: str, cpu: str, memory: str, priority: str = "system-node-critical") -> Made:
    return DAEMONSETS, {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": _workload(name, {"cpu": cpu, "memory": memory}, EVERYWHERE, priority, host_network=True),
    }


def _deployment(name: str, cpu: str, memory: str, account: str = "default") -> Made:
    return DEPLOYMENTS, {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {
            "replicas": 2,
            **_workload(name, {"cpu": cpu, "memory": memory}, CRITICAL, "system-cluster-critical", account=account),
        },
    }


def _account(name: str) -> Made:
    return ACCOUNTS, {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"},
    }  # fmt: skip


def _workload(
    name: str,
    requests: Mapping[str, str],
    tolerations: Sequence[Object],
    priority: str,
    *,
    account: str = "default",
    host_network: bool = False,
) -> Object:
    labels = {"k8s-app": name, "app.kubernetes.io/name": name}
    container = {"name": name, "image": f"602401143452.dkr.ecr/{name}", "resources": {"requests": dict(requests)}}
    return {
        "selector": {"matchLabels": {"k8s-app": name}},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [container],
                "tolerations": list(tolerations),
                "priorityClassName": priority,
                "serviceAccountName": account,
                "hostNetwork": host_network,
            },
        },
    }


_ADDONS: Mapping[str, Sequence[Made]] = {
    "vpc-cni": [_daemonset("aws-node", "50m", "0")],
    "kube-proxy": [_daemonset("kube-proxy", "100m", "0")],
    "eks-pod-identity-agent": [_daemonset("eks-pod-identity-agent", "0", "0")],
    "coredns": [_deployment("coredns", "100m", "70Mi")],
    "metrics-server": [_deployment("metrics-server", "100m", "200Mi")],
    "aws-ebs-csi-driver": [
        (
            DRIVERS,
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "CSIDriver",
                "metadata": {"name": DRIVER},
                # Nothing attaches here: with it, pods would wait for a VolumeAttachment for ever.
                "spec": {"attachRequired": False, "podInfoOnMount": False, "volumeLifecycleModes": ["Persistent"]},
            },
        ),
        _account(DISK_ACCOUNT),
        _daemonset("ebs-csi-node", "30m", "120Mi"),
        _deployment("ebs-csi-controller", "60m", "240Mi", DISK_ACCOUNT),
    ],
}
