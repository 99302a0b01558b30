"""What the settings take for granted and do not make: the account, its hosted zone, the institution's network."""

from __future__ import annotations

from collections.abc import Mapping

from binder_deploy.rehearsal.clouds.aws import given, places
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, CloudFile
from binder_deploy.settings.address import Domain, Route53
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks, ExistingVpc
from binder_deploy.settings.model import Settings

CIDR = "10.112.0.0/16"
"""Range of an institution's VPC, as the settings only name it."""


def set_stage(file: CloudFile, settings: Settings) -> None:
    """Write what the settings refer to and do not make into the cloud file."""
    platform, address = narrowed(settings.platform, Eks), settings.address
    with file.transaction() as cloud:
        given.account(cloud, platform.account)
        if isinstance(address, Domain) and isinstance(address.dns, Route53):
            given.zone(cloud, address.dns.zone_id, address.domain)
        if isinstance(platform.network, ExistingVpc):
            _network(cloud, platform, platform.network)


def project(settings: Settings) -> Mapping[str, str]:
    """What the rehearsal's programs must know of the deployment."""
    platform = narrowed(settings.platform, Eks)
    return {"account": platform.account, "region": platform.region, "zone": platform.zone}


def _network(cloud: Cloud, platform: Eks, network: ExistingVpc) -> None:
    zones = (platform.zone, *(z for z in places.ZONES[platform.region] if z != platform.zone))
    # In turn, so that each kind has one in the nodes' zone, and the private ones lie in two.
    placed = {
        id: zones[i % 2]
        for subnets in (network.private_subnets, network.public_subnets)
        for i, id in enumerate(subnets)
    }
    given.network(cloud, platform.region, network.vpc, placed, CIDR)
