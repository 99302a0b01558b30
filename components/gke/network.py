"""The cluster's network: a VPC of our own with one subnetwork and NAT, or the institution's, left as it is."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import compute

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.handles import NetworkHandle


@dataclass(frozen=True, kw_only=True)
class NetworkArgs(Args):
    """Inputs of `Network`. Ranges are CIDR blocks."""

    project: Input[str]
    region: Input[str]
    network: Input[str]
    """Physical name of the VPC."""
    subnetwork: Input[str]
    router: Input[str]
    nat: Input[str]
    pods_range: Input[str]
    services_range: Input[str]
    nodes_cidr: Input[str]
    pods_cidr: Input[str]
    services_cidr: Input[str]
    description: Input[str]
    """Our mark: networks and routers take no labels."""


class Network(pulumi.ComponentResource):
    """VPC, subnetwork, router and NAT: nodes have private addresses and reach the internet through the NAT."""

    handle: NetworkHandle

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Network", name, inputs(args), opts)
        network = compute.Network(
            f"{name}-vpc",
            project=args.project,
            name=args.network,
            description=args.description,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=named(self, args.after),
        )
        subnetwork = compute.Subnetwork(
            f"{name}-nodes",
            project=args.project,
            region=args.region,
            name=args.subnetwork,
            description=args.description,
            network=network.id,
            ip_cidr_range=args.nodes_cidr,
            secondary_ip_ranges=[
                compute.SubnetworkSecondaryIpRangeArgs(range_name=args.pods_range, ip_cidr_range=args.pods_cidr),
                compute.SubnetworkSecondaryIpRangeArgs(
                    range_name=args.services_range, ip_cidr_range=args.services_cidr
                ),
            ],
            # Nodes pull from Artifact Registry and reach Google's APIs without passing the NAT, which is billed.
            private_ip_google_access=True,
            opts=named(self),
        )
        router = compute.Router(
            f"{name}-router",
            project=args.project,
            region=args.region,
            name=args.router,
            description=args.description,
            network=network.id,
            opts=named(self),
        )
        nat = compute.RouterNat(
            f"{name}-nat",
            project=args.project,
            region=args.region,
            name=args.nat,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(name=subnetwork.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=named(self),
        )
        self.handle = NetworkHandle(
            network=network.id,
            subnetwork=subnetwork.id,
            pods_range=args.pods_range,
            services_range=args.services_range,
            # Without the NAT a node starts but cannot pull a public image.
            ready=(nat,),
        )
        self.register_outputs({"network": network.id, "subnetwork": subnetwork.id})
