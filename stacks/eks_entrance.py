"""How Amazon EKS gives the entry point its reserved address, and the hub its disk."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input

from binder_deploy.components.eks.handles import VpcHandle
from binder_deploy.components.handles import AddressHandle
from binder_deploy.settings.eks_names import load_balancer
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import labels

LOAD_BALANCER_CLASS = "service.k8s.aws/nlb"
"""The AWS Load Balancer Controller's; without it the controller inside EKS would make an old kind."""
_PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"


def on_entry_point(settings: Settings, address: AddressHandle, where: VpcHandle) -> Mapping[str, Input[str]]:
    """On the LoadBalancer Service: a network load balancer in one subnet, with the one address."""
    wanted: dict[str, Input[str]] = {
        "type": "external",
        "name": load_balancer(settings),
        "scheme": "internet-facing",
        # Straight to the pod: no node in between that could have no pod, and no port of the nodes to open.
        "nlb-target-type": "ip",
        "subnets": where.public_subnet,
        "eip-allocations": address.name,
        # Off by default for this kind of target: rate limits and ban lists go by the client's address.
        "target-group-attributes": "preserve_client_ip.enabled=true",
        "additional-resource-tags": ",".join(f"{key}={value}" for key, value in labels(settings).items()),
    }
    return {f"{_PREFIX}{key}": value for key, value in wanted.items()}


def disks(settings: Settings) -> Mapping[str, str]:
    """Parameters of the StorageClass. The tags reach the disks: one that is left over tells whose it was."""
    tags = {f"tagSpecification_{n}": f"{k}={v}" for n, (k, v) in enumerate(labels(settings).items(), 1)}
    return {"type": "gp3", "encrypted": "true", "csi.storage.k8s.io/fstype": "ext4", **tags}
