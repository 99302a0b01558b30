"""What is there already and only used: the DNS zone, the institution's subnetwork."""

from __future__ import annotations

from google.api_core.exceptions import NotFound

from binder_deploy.checks.facts.account import Subnetwork, Zone
from binder_deploy.checks.probes.google.access import Google, asking
from binder_deploy.settings.address import CloudDns
from binder_deploy.settings.gke import ExistingNetwork, Gke
from binder_deploy.settings.model import Settings


def zone(google: Google, settings: Settings) -> Zone | None:
    """The managed zone, or `None` where the records are not ours. Raises `NotAllowed`."""
    dns = settings.address.dns
    if not isinstance(dns, CloudDns):
        return None
    project = dns.project or google.project
    setting, look = "address.dns.zone", f"gcloud dns managed-zones list --project {project}"
    try:
        with asking("the DNS zone", "roles/dns.reader", project):
            found = google.get("dns", f"dns/v1/projects/{project}/managedZones/{dns.zone}")
    except NotFound:
        return Zone(setting, dns.zone, found=False, look=look)
    # Zones from before there were private ones do not say what they are.
    public = str(found.get("visibility") or "public").lower() == "public"
    return Zone(setting, dns.zone, True, str(found["dnsName"]).rstrip("."), public, look)


def subnetwork(google: Google, platform: Gke) -> Subnetwork | None:
    """The institution's subnetwork, or `None` where the network is our own. Raises `NotAllowed`."""
    network = platform.network
    if not isinstance(network, ExistingNetwork):
        return None
    project, region, name = _place(network.subnetwork, platform)
    look = f"gcloud compute networks subnets list --project {project} --filter region:{region}"
    try:
        with asking("the subnetwork", "roles/compute.networkUser", project):
            found = google.compute("SubnetworksClient").get(project=project, region=region, subnetwork=name)
    except NotFound:
        return Subnetwork(name, (f"platform.network.subnetwork: {region} has none called {name}",), look)
    problems = []
    ranges = {part.range_name for part in found.secondary_ip_ranges}
    for setting, wanted in (("pods_range", network.pods_range), ("services_range", network.services_range)):
        if wanted not in ranges:
            known = f"it has {', '.join(sorted(ranges))}" if ranges else "it has none"
            problems.append(f"platform.network.{setting}: {name} has no secondary range {wanted}; {known}")
    if found.network.rpartition("/")[2] != network.network.rpartition("/")[2]:
        problems.append(f"platform.network.network: {name} lies in {found.network.rpartition('/')[2]}")
    return Subnetwork(name, tuple(problems), look)


def _place(subnetwork: str, platform: Gke) -> tuple[str, str, str]:
    """Project, region and name: of a path, `projects/HOST/regions/REGION/subnetworks/NAME`, or of a name alone."""
    parts = subnetwork.split("/")
    named = dict(zip(parts[::2], parts[1::2], strict=False)) if len(parts) > 1 else {}
    return named.get("projects", platform.project), named.get("regions", platform.region), parts[-1]
