"""The Service in front of the ingress controller: ours, not the chart's, so that the controller can be changed
while the address stays, and so that a destroy deletes it in its own time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input

from binder_deploy.components.base import Args, inputs

PORTS = {"web": 80, "websecure": 443}
"""Name of the controller's container port → public port."""
NODE_PORTS = {"web": 30080, "websecure": 30443}
"""Always the same ones, so that what stands in front of the nodes need not be told again."""


@dataclass(frozen=True, kw_only=True)
class EntryPointArgs(Args):
    """Inputs of `EntryPoint`.

    `after` should have the ingress controller: the Service is awaited until it has endpoints and an address,
    and at a destroy it is gone, with its load balancer, before anything that it stands on.
    """

    service: str
    """Physical name."""
    namespace: str
    """The ingress controller's."""
    selector: Mapping[str, str]
    labels: Mapping[str, str]
    annotations: Mapping[str, Input[str]]
    """How this platform gives the Service the reserved address."""
    load_balancer_class: str | None = None
    """Which of the cluster's load balancer controllers makes it; None: its usual one."""
    load_balancer_ip: str | None = None
    """The address that its controller is asked for, where it can be asked."""
    type: Literal["LoadBalancer", "NodePort"] = "LoadBalancer"


class EntryPoint(pulumi.ComponentResource):
    """The one way in from the internet."""

    address: pulumi.Output[str]
    """IP address or host name that the load balancer answers on; empty if there is none that tells."""

    def __init__(self, name: str, args: EntryPointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:EntryPoint", name, inputs(args), opts)
        ports = NODE_PORTS if args.type == "NodePort" else {}
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=args.service,
                namespace=args.namespace,
                labels=args.labels,
                annotations=args.annotations,
            ),
            spec=kubernetes.core.v1.ServiceSpecArgs(
                type=args.type,
                load_balancer_class=args.load_balancer_class,
                load_balancer_ip=args.load_balancer_ip,
                # Keeps the client's address: rate limits and ban lists go by it.
                external_traffic_policy="Local",
                selector=args.selector,
                ports=[
                    kubernetes.core.v1.ServicePortArgs(
                        name=target, port=port, target_port=target, protocol="TCP", node_port=ports.get(target)
                    )
                    for target, port in PORTS.items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.address = service.status.apply(_address)
        self.register_outputs({})


def _address(status: Any) -> str:
    for way in getattr(getattr(status, "load_balancer", None), "ingress", None) or ():
        return str(way.ip or way.hostname or "")
    return ""
