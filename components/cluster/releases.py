"""A Helm release of a chart that lies on this disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.base import Args, inputs

HISTORY = 10
"""Revisions that Helm keeps for a rollback."""


@dataclass(frozen=True, kw_only=True)
class ReleaseArgs(Args):
    """Inputs of `Release`."""

    release: str
    """Physical name."""
    namespace: str
    chart: str
    """Path from the engine's work folder. It is loaded when the engine plans, so it must be there by then; a new
    version of it is seen, a new file in it is not."""
    version: str
    values: Mapping[str, Any]
    timeout: int = 900
    """Seconds until everything must be ready. A first install pulls every image."""


class Release(pulumi.ComponentResource):
    """A real Helm release, hooks included, awaited until its workloads are ready."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: ReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:Release", name, inputs(args), opts)
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=args.release,
            namespace=args.namespace,
            create_namespace=False,
            chart=args.chart,
            values=args.values,
            timeout=args.timeout,
            # A failed install stays as it is: its pods and events are the evidence. `up` goes on from there.
            atomic=False,
            cleanup_on_fail=False,
            # Dependencies are vendored and verified: nothing may be fetched now.
            dependency_update=False,
            skip_crds=False,
            max_history=HISTORY,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.ready = (release,)
        self.register_outputs({"version": release.status.version})
