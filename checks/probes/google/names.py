"""Whether something that is not ours has a name that this deployment will give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import NotFound

from binder_deploy.checks.facts.account import NamesFound, Taken
from binder_deploy.checks.probes.google.access import Google, NotAllowed, asking
from binder_deploy.settings.address import CloudDns, Domain
from binder_deploy.settings.gke import Gke, ManagedNetwork
from binder_deploy.settings.leftovers import Unasked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL, Names
from binder_deploy.settings.registry import ArtifactRegistry

_VIEWER = "roles/viewer"


@dataclass(frozen=True)
class _Thing:
    """A name that this deployment gives."""

    kind: str
    name: str
    get: Callable[[], tuple[Any, str]]
    """Labels and description of what has it. Raises `NotFound`, or what Google refuses with."""
    look: str
    """Arguments of `gcloud` that show it."""
    project: str = ""
    """Where it is, if not in the platform's project."""


def names(google: Google, settings: Settings, platform: Gke, deployed: bool) -> NamesFound:
    """What has our names and not our mark.

    `deployed`: the deployment has its address already, so the records of its hosts are its own (they carry no mark).
    What an API that is switched off would hold does not exist.
    """
    free, taken, unasked = 0, [], []
    for thing in _things(google, settings, platform, deployed):
        try:
            with asking(thing.kind, _VIEWER, google.project):
                labels, description = thing.get()
        except NotFound:
            free += 1
        except NotAllowed as refused:
            if refused.off:
                free += 1
            else:
                unasked.append(Unasked(thing.kind, str(refused)))
        else:
            if labels.get(OWNER_LABEL) == settings.name or description == f"{OWNER_LABEL}={settings.name}":
                free += 1
            else:
                where = thing.project or google.project
                taken.append(Taken(thing.kind, thing.name, f"gcloud {thing.look} --project {where}"))
    return NamesFound(free, tuple(taken), tuple(unasked))


def _things(google: Google, settings: Settings, platform: Gke, deployed: bool) -> Iterator[_Thing]:
    named, project, region = Names(settings.name), google.project, platform.region
    location = region if platform.control_plane == "regional" else platform.zone
    cluster = f"projects/{project}/locations/{location}/clusters/{named.cluster}"
    yield _Thing(
        "cluster",
        named.cluster,
        lambda: _mark(google.containers.get_cluster(name=cluster), "resource_labels"),
        f"container clusters describe {named.cluster} --location {location}",
    )
    yield _Thing(
        "address",
        named.address,
        lambda: _mark(google.compute("AddressesClient").get(project=project, region=region, address=named.address)),
        f"compute addresses describe {named.address} --region {region}",
    )
    if isinstance(platform.network, ManagedNetwork):
        yield from _network(google, named, region)
    if isinstance(settings.registry, ArtifactRegistry):
        repository = f"projects/{project}/locations/{region}/repositories/{named.repository}"
        yield _Thing(
            "repository",
            named.repository,
            lambda: _mark(google.registries.get_repository(name=repository)),
            f"artifacts repositories describe {named.repository} --location {region}",
        )
    yield _account(google, named.node_account)
    if isinstance(settings.registry, ArtifactRegistry) and settings.registry.push == "key":
        yield _account(google, named.push_account)
    if not deployed:
        yield from _records(google, settings, region)


def _network(google: Google, named: Names, region: str) -> Iterator[_Thing]:
    project = google.project
    yield _Thing(
        "network",
        named.network,
        lambda: _mark(google.compute("NetworksClient").get(project=project, network=named.network), ""),
        f"compute networks describe {named.network}",
    )
    yield _Thing(
        "subnetwork",
        named.subnetwork,
        lambda: _mark(
            google.compute("SubnetworksClient").get(project=project, region=region, subnetwork=named.subnetwork), ""
        ),
        f"compute networks subnets describe {named.subnetwork} --region {region}",
    )
    yield _Thing(
        "router",
        named.router,
        lambda: _mark(google.compute("RoutersClient").get(project=project, region=region, router=named.router), ""),
        f"compute routers describe {named.router} --region {region}",
    )


def _account(google: Google, name: str) -> _Thing:
    email = f"{name}@{google.project}.iam.gserviceaccount.com"

    def get() -> tuple[Any, str]:
        found = google.get("iam", f"v1/projects/{google.project}/serviceAccounts/{email}")
        return {}, str(found.get("description", ""))

    return _Thing("service account", name, get, f"iam service-accounts describe {email}")


def _records(google: Google, settings: Settings, region: str) -> Iterator[_Thing]:
    """They carry no mark: those that lead to our own address are ours."""
    address = settings.address
    if not isinstance(address, Domain) or not isinstance(dns := address.dns, CloudDns):
        return
    project = dns.project or google.project
    for host in settings.hosts:

        def get(host: str = host) -> tuple[Any, str]:
            record = google.get("dns", f"dns/v1/projects/{project}/managedZones/{dns.zone}/rrsets/{host}./A")
            ours = google.compute("AddressesClient").list(
                request={"project": google.project, "region": region, "filter": f"labels.{OWNER_LABEL}={settings.name}"}
            )
            lead = [found.address for found in ours] == list(record.get("rrdatas", ()))
            return ({OWNER_LABEL: settings.name} if lead else {}), ""

        yield _Thing("DNS record", host, get, f"dns record-sets describe {host}. --type A --zone {dns.zone}", project)


def _mark(found: Any, labels: str = "labels") -> tuple[Any, str]:
    """Labels (none where the kind takes none) and description."""
    return (getattr(found, labels) if labels else {}), getattr(found, "description", "")
