"""What a project has before anything of ours: itself, perhaps its own network and DNS zone.

Keys of `Cloud.session` that the plugin reads: `enabled_apis` (a list of `PROJECT/API`, or `PROJECT/*` for all), and
`identity_pools` (a list of names).
"""

from __future__ import annotations

from collections.abc import Sequence

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.gcp import dns, numbers, rules

ALWAYS_ON = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")
"""Without these nobody can switch on the others: preflight asks for them."""


def project(cloud: Cloud, project: str, apis: Sequence[str] = ALWAYS_ON) -> None:
    """A project with these APIs switched on, and nothing in it. Said twice, it stays one."""
    enabled = (f"{project}/{api}" for api in apis)
    cloud.session["enabled_apis"] = sorted({*cloud.session.get("enabled_apis", ()), *enabled})
    id = f"projects/{project}"
    if cloud.get("organizations/project", id) is None:
        outputs = {
            "projectId": project, "name": project, "number": numbers.project_number(project), "labels": {},
            "effectiveLabels": {}, "pulumiLabels": {}, "autoCreateNetwork": False, "billingAccount": "",
            "deletionPolicy": "PREVENT", "folderId": "", "orgId": "", "tags": {},
        }  # fmt: skip
        cloud.add("organizations/project", id, {}, outputs, "given")


def zone(cloud: Cloud, project: str, name: str, domain: str) -> None:
    """A managed DNS zone for a domain (with or without the final dot); its project has the API on, or had no zone."""
    enabled = {*cloud.session.get("enabled_apis", ()), f"{project}/dns.googleapis.com"}
    cloud.session["enabled_apis"] = sorted(enabled)
    id = dns.zone_id(project, name)
    if cloud.get("dns/managedZone", id) is None:
        outputs = {
            "name": name, "project": project, "dnsName": domain.rstrip(".") + ".", "description": "",
            "managedZoneId": int(numbers.number(id, 15)), "visibility": "public",
            "nameServers": [f"ns-cloud-a{i}.googledomains.com." for i in range(1, 5)],
        }  # fmt: skip
        cloud.add("dns/managedZone", id, {}, outputs, "given")


def network(
    cloud: Cloud, project: str, region: str, name: str, subnetwork: str, ranges: dict[str, str], nodes: str
) -> None:
    """The institution's own network: one subnetwork (`nodes` is its CIDR) with named secondary ranges."""
    network_id = f"projects/{project}/global/networks/{name}"
    subnetwork_id = f"projects/{project}/regions/{region}/subnetworks/{subnetwork}"
    if cloud.get("compute/network", network_id) is None:
        link = rules.COMPUTE + network_id
        cloud.add("compute/network", network_id, {}, {"name": name, "project": project, "selfLink": link}, "given")
    if cloud.get("compute/subnetwork", subnetwork_id) is None:
        outputs = {
            "name": subnetwork, "project": project, "region": region, "ipCidrRange": nodes,
            "network": rules.COMPUTE + network_id, "selfLink": rules.COMPUTE + subnetwork_id,
            "secondaryIpRanges": [{"rangeName": n, "ipCidrRange": c} for n, c in ranges.items()],
        }  # fmt: skip
        cloud.add("compute/subnetwork", subnetwork_id, {}, outputs, "given")
