"""What the components on Amazon's side hand each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output, Resource


@dataclass(frozen=True, kw_only=True)
class VpcHandle:
    """Where a cluster lives: ours, or the institution's."""

    vpc: Input[str]
    """Id."""
    control_plane_subnets: Sequence[Input[str]]
    """In two zones at least: the control plane's own addresses in our network."""
    node_subnet: Input[str]
    """Private, in the zone of the nodes."""
    public_subnet: Input[str]
    """In the zone of the nodes, too: the load balancer's."""
    ready: tuple[Resource, ...] = ()
    """The ways out: without them a node starts, but neither joins nor pulls."""


@dataclass(frozen=True, kw_only=True)
class RoleHandle:
    """Who something is, for the cloud."""

    name: Output[str]
    arn: Output[str]
    ready: tuple[Resource, ...] = ()
    """Its rights. Whoever acts in the role needs them until it is gone: a cluster without them leaves its network
    interfaces behind."""
