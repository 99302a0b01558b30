"""The cluster's network: a VPC of our own over two zones, or the institution's, marked and otherwise left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

import pulumi
from pulumi_aws import ec2

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.handles import VpcHandle
from binder_deploy.components.eks.tags import tagged

Side = Literal["public", "private"]
ROLES: Mapping[Side, str] = {"public": "kubernetes.io/role/elb", "private": "kubernetes.io/role/internal-elb"}
"""Tags by which load balancer controllers tell subnets apart."""
ANYWHERE = "0.0.0.0/0"


def cluster_tag(cluster: str) -> str:
    """Key of the tag that says which cluster uses a thing."""
    return f"kubernetes.io/cluster/{cluster}"


@dataclass(frozen=True)
class Plan:
    """Address ranges of the four subnets."""

    nodes: IPv4Network
    """Private, in the zone of the nodes: half of all addresses, because every pod takes one."""
    other: IPv4Network
    """Private, in the second zone: nothing but the control plane's interfaces."""
    public: IPv4Network
    """In the zone of the nodes: NAT and load balancer."""
    other_public: IPv4Network


def plan(cidr: IPv4Network) -> Plan:
    """Divides a VPC's range, at most a /24."""
    nodes, rest = cidr.subnets(prefixlen_diff=1)
    other, public, other_public, *_ = rest.subnets(prefixlen_diff=3)
    return Plan(nodes, other, public, other_public)


@dataclass(frozen=True, kw_only=True)
class NetworkArgs(Args):
    """Inputs of `Network`."""

    name: str
    """Physical name of the VPC; the parts' names begin with it."""
    cluster: str
    """Name of the cluster that is going to live there."""
    cidr: str
    zone: str
    """Where the nodes run."""
    second_zone: str
    """EKS wants two."""
    tags: Mapping[str, str]


class Network(pulumi.ComponentResource):
    """VPC with a public and a private subnet in each of two zones; the private ones reach out through one NAT.

    One NAT, in the zone of the nodes: a second one would cost as much again and serve nobody.
    """

    handle: VpcHandle

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Network", name, inputs(args), opts)
        vpc = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            # Nodes find the control plane's private endpoint by name.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tagged(args.tags, args.name),
            opts=named(self, args.after),
        )
        ranges = plan(IPv4Network(args.cidr))
        nodes = self._subnet(name, "private", args, vpc, ranges.nodes)
        public = self._subnet(name, "public", args, vpc, ranges.public)
        other = self._subnet(name, "private", args, vpc, ranges.other, second=True)
        other_public = self._subnet(name, "public", args, vpc, ranges.other_public, second=True)
        gateway = ec2.InternetGateway(
            f"{name}-gateway", vpc_id=vpc.id, tags=tagged(args.tags, args.name), opts=named(self)
        )
        outward = self._table(name, "public", args, vpc, {"zone": public, "second": other_public})
        way_out = ec2.Route(
            f"{name}-public-default",
            route_table_id=outward[0].id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=named(self),
        )
        address = ec2.Eip(
            f"{name}-nat-ip", domain="vpc", tags=tagged(args.tags, f"{args.name}-nat"), opts=named(self, [gateway])
        )
        nat = ec2.NatGateway(
            f"{name}-nat",
            allocation_id=address.allocation_id,
            subnet_id=public.id,
            tags=tagged(args.tags, f"{args.name}-nat"),
            opts=named(self, [way_out, *outward[1]]),
        )
        inward = self._table(name, "private", args, vpc, {"zone": nodes, "second": other})
        through_nat = ec2.Route(
            f"{name}-private-default",
            route_table_id=inward[0].id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat.id,
            opts=named(self),
        )
        self.handle = VpcHandle(
            vpc=vpc.id,
            control_plane_subnets=(nodes.id, other.id),
            node_subnet=nodes.id,
            public_subnet=public.id,
            ready=(way_out, *outward[1], through_nat, *inward[1]),
        )
        self.register_outputs({"vpc": vpc.id})

    def _subnet(
        self, name: str, side: Side, args: NetworkArgs, vpc: ec2.Vpc, cidr: IPv4Network, second: bool = False
    ) -> ec2.Subnet:
        part = f"{side}-second" if second else side
        return ec2.Subnet(
            f"{name}-{part}",
            vpc_id=vpc.id,
            cidr_block=str(cidr),
            availability_zone=args.second_zone if second else args.zone,
            tags=tagged(args.tags, f"{args.name}-{part}", **{ROLES[side]: "1", cluster_tag(args.cluster): "shared"}),
            opts=named(
                self,
                # A region that gets a new zone must not move the second one, and the cluster with it.
                ignore_changes=["availabilityZone"] if second else (),
            ),
        )

    def _table(
        self, name: str, side: Side, args: NetworkArgs, vpc: ec2.Vpc, subnets: Mapping[str, ec2.Subnet]
    ) -> tuple[ec2.RouteTable, tuple[ec2.RouteTableAssociation, ...]]:
        """A route table, and its ties to subnets."""
        table = ec2.RouteTable(
            f"{name}-{side}-routes",
            vpc_id=vpc.id,
            tags=tagged(args.tags, f"{args.name}-{side}"),
            opts=named(self),
        )
        ties = tuple(
            ec2.RouteTableAssociation(
                f"{name}-{side}-routes-{key}", route_table_id=table.id, subnet_id=subnet.id, opts=named(self)
            )
            for key, subnet in subnets.items()
        )
        return table, ties


@dataclass(frozen=True, kw_only=True)
class SubnetMarksArgs(Args):
    """Inputs of `SubnetMarks`."""

    cluster: str
    subnets: tuple[str, ...]
    """Ids."""


class SubnetMarks(pulumi.ComponentResource):
    """Says on the institution's own subnets that this cluster uses them; taken off again at the end.

    Only the tag that has the cluster's name. The one for load balancers may be another cluster's, too: it would be
    lost to that one when we go, and ours is told its subnet by name.
    """

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: SubnetMarksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:SubnetMarks", name, inputs(args), opts)
        self.ready = tuple(
            ec2.Tag(
                f"{name}-{subnet}",
                resource_id=subnet,
                key=cluster_tag(args.cluster),
                value="shared",
                opts=named(self, args.after),
            )
            for subnet in args.subnets
        )
        self.register_outputs({"subnets": list(args.subnets)})
