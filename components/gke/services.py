"""The project's APIs. Switched on, never off: others may use them, and switching one off breaks what it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import projects

from binder_deploy.components.base import Args, inputs
from binder_deploy.settings.gke_apis import APIS


@dataclass(frozen=True, kw_only=True)
class ServicesArgs(Args):
    """Inputs of `Services`."""

    project: Input[str]
    apis: Sequence[str] = APIS
    """Short names."""


class Services(pulumi.ComponentResource):
    """Enabled APIs; `enabled` has the resources, for others to come after."""

    enabled: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Services", name, inputs(args), opts)
        self.enabled = tuple(
            projects.Service(
                f"{name}-{api}",
                project=args.project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
            )
            for api in args.apis
        )
        self.register_outputs({"apis": list(args.apis)})
