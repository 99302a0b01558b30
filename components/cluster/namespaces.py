"""The namespaces of a deployment, each with what pods may do there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.base import Args, inputs

PodSecurity = Literal["privileged", "baseline", "restricted"]


@dataclass(frozen=True, kw_only=True)
class NamespacesArgs(Args):
    """Inputs of `Namespaces`."""

    namespaces: Mapping[str, PodSecurity]
    """Name → Pod Security level that is enforced there."""
    labels: Mapping[str, str]


class Namespaces(pulumi.ComponentResource):
    """Namespaces with our mark. Deleting one waits until everything in it is gone, people's servers included."""

    ready: Mapping[str, pulumi.Resource]
    """By name."""

    def __init__(self, name: str, args: NamespacesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:Namespaces", name, inputs(args), opts)
        self.ready = {
            namespace: kubernetes.core.v1.Namespace(
                f"{name}-{namespace}",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=namespace,
                    labels={**args.labels, "pod-security.kubernetes.io/enforce": level},
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
            )
            for namespace, level in args.namespaces.items()
        }
        self.register_outputs({"names": list(args.namespaces)})
