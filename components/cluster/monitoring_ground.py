"""What the monitoring stands on: credentials, and a namespace that nobody enters from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input

from binder_deploy.components.base import Args, inputs


@dataclass(frozen=True, kw_only=True)
class MonitoringGroundArgs(Args):
    """Inputs of `MonitoringGround`."""

    namespace: str
    credentials: Mapping[str, Mapping[str, Input[str]]]
    """Secret's physical name → key → value."""
    labels: Mapping[str, str]


class MonitoringGround(pulumi.ComponentResource):
    """Secrets, and a network policy: whoever forwards a port comes in through the node, which no policy holds up."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: MonitoringGroundArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:MonitoringGround", name, inputs(args), opts)
        below = pulumi.ResourceOptions(parent=self, depends_on=args.after)
        policy = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-policy",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name="only-each-other", namespace=args.namespace, labels=args.labels
            ),
            spec=kubernetes.networking.v1.NetworkPolicySpecArgs(
                pod_selector=kubernetes.meta.v1.LabelSelectorArgs(),
                policy_types=["Ingress"],
                ingress=[
                    kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(
                        from_=[
                            kubernetes.networking.v1.NetworkPolicyPeerArgs(
                                pod_selector=kubernetes.meta.v1.LabelSelectorArgs()
                            )
                        ]
                    )
                ],
            ),
            opts=below,
        )
        secrets = [
            kubernetes.core.v1.Secret(
                f"{name}-{secret}",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=secret, namespace=args.namespace, labels=args.labels),
                string_data=values,
                opts=below,
            )
            for secret, values in args.credentials.items()
        ]
        self.ready = (policy, *secrets)
        self.register_outputs({"secrets": list(args.credentials)})
