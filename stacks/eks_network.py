"""Where a cluster on Amazon EKS lives: a VPC of our own, or subnets of the institution's."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from binder_deploy.components.eks.handles import VpcHandle
from binder_deploy.components.eks.network import Network, NetworkArgs, SubnetMarks, SubnetMarksArgs
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks, ExistingVpc
from binder_deploy.settings.eks_names import WITHOUT_EKS
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names, labels


def network(settings: Settings, provider: aws.Provider, opts: pulumi.ResourceOptions) -> VpcHandle:
    """The network. Raises `SettingsError` for subnets that do not fit the platform's zone."""
    platform, names = narrowed(settings.platform, Eks), Names(settings.name)
    if isinstance(platform.network, ExistingVpc):
        return _theirs(platform.network, platform.zone, names.cluster, provider, opts)
    return Network(
        "network",
        NetworkArgs(
            name=names.network,
            cluster=names.cluster,
            cidr=str(platform.network.cidr),
            zone=platform.zone,
            second_zone=second_zone(platform, provider),
            tags=labels(settings),
        ),
        opts,
    ).handle


def second_zone(platform: Eks, provider: aws.Provider) -> str:
    """Another zone of the region. Raises `SettingsError` where there is none."""
    found = aws.get_availability_zones(
        state="available",
        # Without local and wavelength zones, which somebody would have to ask for.
        filters=[aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])],
        exclude_zone_ids=sorted(WITHOUT_EKS),
        opts=pulumi.InvokeOptions(provider=provider),
    )
    others = sorted(set(found.names) - {platform.zone})
    if not others or len(others) == len(found.names):
        zones = ", ".join(sorted(found.names)) or "none"
        raise SettingsError.one(
            "platform.zone",
            f"{platform.zone} and a second zone are needed, and EKS can use these of {platform.region}: {zones}",
            "choose a zone that is listed, in a region that has two",
        )
    return others[0]


def _theirs(
    chosen: ExistingVpc, zone: str, cluster: str, provider: aws.Provider, opts: pulumi.ResourceOptions
) -> VpcHandle:
    marks = SubnetMarks(
        "subnet-marks",
        SubnetMarksArgs(cluster=cluster, subnets=(*chosen.private_subnets, *chosen.public_subnets)),
        opts,
    )
    return VpcHandle(
        vpc=chosen.vpc,
        control_plane_subnets=chosen.private_subnets,
        node_subnet=_in_zone("private_subnets", chosen.private_subnets, chosen.vpc, zone, provider),
        public_subnet=_in_zone("public_subnets", chosen.public_subnets, chosen.vpc, zone, provider),
        ready=marks.ready,
    )


def _in_zone(setting: str, subnets: Sequence[str], vpc: str, zone: str, provider: aws.Provider) -> str:
    """The first subnet that lies in the zone. Raises `SettingsError` if none does, or one is another network's."""
    found = {s: aws.ec2.get_subnet(id=s, opts=pulumi.InvokeOptions(provider=provider)) for s in subnets}
    strangers = [s for s, subnet in found.items() if subnet.vpc_id != vpc]
    if strangers:
        raise SettingsError.one(
            f"platform.network.{setting}",
            f"{', '.join(strangers)} is not in {vpc}",
            "name subnets of platform.network.vpc",
        )
    for name, subnet in found.items():
        if subnet.availability_zone == zone:
            return name
    zones = ", ".join(f"{s} ({subnet.availability_zone})" for s, subnet in found.items())
    raise SettingsError.one(
        f"platform.network.{setting}",
        f"none lies in {zone}, where the nodes run: {zones}",
        "name one that does, or set platform.zone to a zone of theirs",
    )
