"""What a registry inside the cluster stands on: the disk of its images, and a wall around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.base import Args, inputs

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""A disk may be made when its pod has a node, not before: the engine would wait for a pod that comes after."""


@dataclass(frozen=True, kw_only=True)
class ImageStoreArgs(Args):
    """Inputs of `ImageStore`."""

    claim: str
    """Physical name, of the policy, too."""
    namespace: str
    storage_class: str | None
    """None: the cluster's default."""
    size_gb: int
    """GiB. More of it grows the disk, less is refused by Kubernetes."""
    pods: Mapping[str, str]
    """Labels of the registry's pod."""
    port: int
    """Of the registry's container."""
    door_namespace: str
    door: Mapping[str, str]
    """Labels of the ingress controller's pods, the only ones that may ask."""
    labels: Mapping[str, str]


class ImageStore(pulumi.ComponentResource):
    """The claim, which goes with the deployment and takes the disk along, and a policy: the registry is asked through
    the ingress controller, where there is TLS, and asks nobody itself."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: ImageStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:ImageStore", name, inputs(args), opts)
        below = pulumi.ResourceOptions(parent=self, depends_on=args.after)
        claim = kubernetes.core.v1.PersistentVolumeClaim(
            f"{name}-claim",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=args.claim, namespace=args.namespace, labels=args.labels, annotations=SKIP_AWAIT
            ),
            spec=kubernetes.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                storage_class_name=args.storage_class,
                resources=kubernetes.core.v1.VolumeResourceRequirementsArgs(requests={"storage": f"{args.size_gb}Gi"}),
            ),
            opts=below,
        )
        policy = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-policy",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=args.claim, namespace=args.namespace, labels=args.labels),
            spec=kubernetes.networking.v1.NetworkPolicySpecArgs(
                pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=args.pods),
                policy_types=["Ingress", "Egress"],
                ingress=[
                    kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(
                        from_=[
                            kubernetes.networking.v1.NetworkPolicyPeerArgs(
                                namespace_selector=kubernetes.meta.v1.LabelSelectorArgs(
                                    match_labels={"kubernetes.io/metadata.name": args.door_namespace}
                                ),
                                pod_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=args.door),
                            )
                        ],
                        ports=[kubernetes.networking.v1.NetworkPolicyPortArgs(port=args.port, protocol="TCP")],
                    )
                ],
            ),
            opts=below,
        )
        self.ready = (claim, policy)
        self.register_outputs({"claim": args.claim})
