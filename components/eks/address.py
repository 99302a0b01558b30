"""The public address, reserved before anything answers there, so that every URL is known in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.tags import tagged
from binder_deploy.components.handles import AddressHandle


@dataclass(frozen=True, kw_only=True)
class AddressArgs(Args):
    """Inputs of `Address`."""

    name: str
    """Physical name."""
    tags: Mapping[str, str]


class Address(pulumi.ComponentResource):
    """One elastic address; the handle's name is its allocation id. One address means one subnet for the load
    balancer, which is where all nodes are."""

    handle: AddressHandle

    def __init__(self, name: str, args: AddressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Address", name, inputs(args), opts)
        address = ec2.Eip(f"{name}-ip", domain="vpc", tags=tagged(args.tags, args.name), opts=named(self, args.after))
        self.handle = AddressHandle(name=address.allocation_id, ip=address.public_ip)
        self.register_outputs({"name": address.allocation_id, "ip": address.public_ip})
