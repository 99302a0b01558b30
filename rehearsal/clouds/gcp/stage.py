"""What the settings take for granted and do not make: the project, its DNS zone, the institution's network."""

from __future__ import annotations

from collections.abc import Mapping

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, CloudFile
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.settings.address import CloudDns, Domain
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.gke import ExistingNetwork, Gke
from binder_deploy.settings.model import Settings

NODES, PODS, SERVICES = "10.128.0.0/20", "10.32.0.0/14", "10.36.0.0/20"
"""Ranges of an institution's network, as the settings only name it."""


def set_stage(file: CloudFile, settings: Settings) -> None:
    """Write what the settings refer to and do not make into the cloud file."""
    platform, address = narrowed(settings.platform, Gke), settings.address
    with file.transaction() as cloud:
        given.project(cloud, platform.project)
        if isinstance(address, Domain) and isinstance(dns := address.dns, CloudDns):
            if dns.project:
                given.project(cloud, dns.project)
            given.zone(cloud, dns.project or platform.project, dns.zone, address.domain)
        if isinstance(platform.network, ExistingNetwork):
            _network(cloud, platform, platform.network)


def project(settings: Settings) -> Mapping[str, str]:
    """What the rehearsal's programs must know of the deployment."""
    platform = narrowed(settings.platform, Gke)
    return {"project": platform.project, "region": platform.region, "zone": platform.zone}


def _network(cloud: Cloud, platform: Gke, network: ExistingNetwork) -> None:
    host = network.network.split("/")[1] if network.network.startswith("projects/") else platform.project
    given.project(cloud, host)
    given.network(
        cloud,
        host,
        platform.region,
        network.network.rpartition("/")[2],
        network.subnetwork.rpartition("/")[2],
        {network.pods_range: PODS, network.services_range: SERVICES},
        NODES,
    )
