"""Network policies that hold for every pod: Calico beside AWS's own network, enforcing and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.base import Args, inputs

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""Its condition is for the checks, which also try whether a forbidden connection is refused."""


@dataclass(frozen=True, kw_only=True)
class CalicoArgs(Args):
    """Inputs of `Calico`. `after` should have the operator, which acts on it, and its definitions."""

    spec: Mapping[str, Any]
    labels: Mapping[str, str]


class Calico(pulumi.ComponentResource):
    """What the operator is to install. It goes before the operator does, which takes everything down again."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: CalicoArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Calico", name, inputs(args), opts)
        installation = kubernetes.apiextensions.CustomResource(
            f"{name}-installation",
            api_version="operator.tigera.io/v1",
            kind="Installation",
            # The operator looks at this name alone.
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name="default", labels=args.labels, annotations=SKIP_AWAIT),
            spec=dict(args.spec),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.ready = (installation,)
        self.register_outputs({})
