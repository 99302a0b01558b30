"""What a login at Google may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from binder_deploy.checks.probes.google import access
from binder_deploy.cli.wizard.detect import detect
from binder_deploy.cli.wizard.offers.domains import holds
from binder_deploy.cli.wizard.offers.machines import SHORT_LIST
from binder_deploy.cli.wizard.question import Given, Option
from binder_deploy.cli.wizard.questions.said import GKE


def _login(project: str) -> access.Google:
    try:
        return access.login(project)
    except access.NotLoggedIn as error:
        raise access.NotLoggedIn(f"not logged in; run: {access.LOGIN}") from error


def _projects(given: Given) -> Sequence[Option]:
    # Before a project is chosen, the usual one of the login answers for the question.
    google = _login(detect("project", given, Path()))
    found = google.projects.search_projects(request={"query": "state:ACTIVE"})
    return [Option(p.project_id, p.display_name if p.display_name != p.project_id else "") for p in found]


def _regions(given: Given) -> Sequence[Option]:
    found = _login(given["project"]).compute("RegionsClient").list(project=given["project"])
    return [Option(region.name) for region in found if region.status == "UP"]


def _zones(given: Given) -> Sequence[Option]:
    found = _login(given["project"]).compute("ZonesClient").list(project=given["project"])
    return [Option(z.name) for z in found if z.status == "UP" and z.name.startswith(f"{given['region']}-")]


def _machines(given: Given) -> Sequence[Option]:
    google = _login(given["project"])
    names = " OR ".join(f'(name="{name}")' for name in SHORT_LIST[GKE])
    asked = {"project": google.project, "zone": given["zone"], "filter": names}
    return [Option(kind.name) for kind in google.compute("MachineTypesClient").list(request=asked)]


def _dns_zones(given: Given) -> Sequence[Option]:
    google = _login(given["project"])
    found = google.get("dns", f"dns/v1/projects/{google.project}/managedZones").get("managedZones", ())
    return [
        Option(zone["name"], zone["dnsName"].rstrip("."))
        for zone in found
        if zone.get("visibility", "public") == "public" and holds(zone["dnsName"], given["domain"])
    ]


LISTS: Mapping[str, Callable[[Given], Sequence[Option]]] = {
    "projects": _projects,
    "regions": _regions,
    "zones": _zones,
    "machines": _machines,
    "dns-zones": _dns_zones,
}
