"""The public address, reserved before anything answers there, so that every URL is known in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import compute

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.handles import AddressHandle


@dataclass(frozen=True, kw_only=True)
class AddressArgs(Args):
    """Inputs of `Address`."""

    project: Input[str]
    region: Input[str]
    address: Input[str]
    """Physical name."""
    description: Input[str]
    labels: Mapping[str, str]


class Address(pulumi.ComponentResource):
    """A regional address: passthrough load balancers take no global one."""

    handle: AddressHandle

    def __init__(self, name: str, args: AddressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Address", name, inputs(args), opts)
        address = compute.Address(
            f"{name}-ip",
            project=args.project,
            region=args.region,
            name=args.address,
            description=args.description,
            address_type="EXTERNAL",
            # The tier of the load balancer's forwarding rule: they must agree.
            network_tier="PREMIUM",
            labels=args.labels,
            opts=named(self, args.after),
        )
        self.handle = AddressHandle(name=address.name, ip=address.address)
        self.register_outputs({"name": address.name, "ip": address.address})
