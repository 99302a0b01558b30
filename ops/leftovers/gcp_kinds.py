"""Every kind of thing that a deployment leaves on Google Cloud, and how each is listed and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from binder_deploy.ops.leftovers.google_api import GoogleApi, Thing
from binder_deploy.settings.address import CloudDns, Domain
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names


@dataclass(frozen=True)
class Kind:
    """A kind of thing to look for."""

    name: str
    cost: str
    """What one costs or blocks."""
    remove: str
    """Arguments of `gcloud`; `{name}`, `{where}` (its zone or region), `{location}`, `{type}` and, where it has one,
    its number `{id}` are the thing's."""
    project: str
    list: Callable[[], Iterator[Thing]]
    """Every one in the project. Raises `NotAsked`."""
    names: tuple[str, ...] = ()
    """Physical names that this deployment gives."""


# Collection of Compute Engine, kind, what one costs or blocks.
_COMPUTE = (
    ("instances", "instance", "billed by the second"),
    ("disks", "disk", "billed by the GB"),
    ("forwardingRules", "forwarding rule", "billed by the hour"),
    ("addresses", "address", "billed by the hour while nothing uses it"),
    ("routers", "router", "its NAT is billed by the hour and by traffic"),
    ("backendServices", "backend service", "free by itself"),
    ("targetPools", "target pool", "free by itself"),
    ("healthChecks", "health check", "free; counts against the quota"),
    ("networkEndpointGroups", "network endpoint group", "free; blocks the deletion of its network"),
    ("subnetworks", "subnetwork", "free; blocks the deletion of its network"),
)
_COMMANDS = {"subnetworks": "networks subnets"}


def kinds(settings: Settings, api: GoogleApi) -> tuple[Kind, ...]:
    """All kinds that a deployment with these settings can leave behind."""
    return (
        _clusters(settings, api),
        *_compute(settings, api),
        *_global(settings, api),
        _repositories(settings, api),
        _accounts(settings, api),
        *_records(settings, api),
        *_budget(settings, api),
    )


def _clusters(settings: Settings, api: GoogleApi) -> Kind:
    project = narrowed(settings.platform, Gke).project
    return Kind(
        name="cluster",
        cost="billed by the hour, and so are its nodes",
        remove="container clusters delete {name} --location {location}",
        project=project,
        # `-` is every location; this API knows no pages.
        list=lambda: api.listing(f"{api.endpoints.container}/projects/{project}/locations/-/clusters", "clusters"),
        names=(Names(settings.name).cluster,),
    )


def _compute(settings: Settings, api: GoogleApi) -> Iterator[Kind]:
    project, names = narrowed(settings.platform, Gke).project, Names(settings.name)
    given = {"addresses": names.address, "routers": names.router, "subnetworks": names.subnetwork}
    for collection, name, cost in _COMPUTE:
        command = _COMMANDS.get(collection) or f"{name.replace(' ', '-')}{'es' if name == 'address' else 's'}"
        yield Kind(
            name=name,
            cost=cost,
            remove=f"compute {command} delete {{name}} {{where}}",
            project=project,
            list=partial(api.aggregated, project, collection),
            names=(given[collection],) if collection in given else (),
        )


def _global(settings: Settings, api: GoogleApi) -> Iterator[Kind]:
    project = narrowed(settings.platform, Gke).project
    for collection, name, cost, names in (
        ("firewalls", "firewall rule", "free; blocks the deletion of its network", ()),
        ("networks", "network", "free; counts against the quota", (Names(settings.name).network,)),
    ):
        url = f"{api.endpoints.compute}/projects/{project}/global/{collection}"
        yield Kind(
            name=name,
            cost=cost,
            remove=f"compute {name.replace(' ', '-')}s delete {{name}}",
            project=project,
            list=partial(api.listing, url, "items", {"maxResults": "500"}),
            names=names,
        )


def _repositories(settings: Settings, api: GoogleApi) -> Kind:
    platform = narrowed(settings.platform, Gke)
    url = f"{api.endpoints.artifacts}/projects/{platform.project}/locations/{platform.region}/repositories"
    return Kind(
        name="repository",
        cost="its images are billed by the GB",
        remove="artifacts repositories delete {name} --location {location}",
        project=platform.project,
        list=lambda: api.listing(url, "repositories", {"pageSize": "100"}),
        names=(Names(settings.name).repository,),
    )


def _accounts(settings: Settings, api: GoogleApi) -> Kind:
    project, names = narrowed(settings.platform, Gke).project, Names(settings.name)
    return Kind(
        name="service account",
        cost="free; a name that can still act in the project",
        remove="iam service-accounts delete {name}",
        project=project,
        list=lambda: api.listing(
            f"{api.endpoints.iam}/projects/{project}/serviceAccounts", "accounts", {"pageSize": "100"}
        ),
        names=tuple(
            f"{account}@{project}.iam.gserviceaccount.com" for account in (names.node_account, names.push_account)
        ),
    )


def _records(settings: Settings, api: GoogleApi) -> Iterator[Kind]:
    """The records, where the zone is ours to write to."""
    address = settings.address
    if not isinstance(address, Domain) or not isinstance(address.dns, CloudDns):
        return
    project = address.dns.project or narrowed(settings.platform, Gke).project
    url = f"{api.endpoints.dns}/projects/{project}/managedZones/{address.dns.zone}/rrsets"
    yield Kind(
        name="DNS record",
        cost="leads people to an address that may become somebody else's",
        remove=f"dns record-sets delete {{name}} --type {{type}} --zone {address.dns.zone}",
        project=project,
        list=lambda: api.listing(url, "rrsets", {"maxResults": "100"}),
        names=tuple(f"{host}." for host in settings.hosts),
    )


def _budget(settings: Settings, api: GoogleApi) -> Iterator[Kind]:
    """The budget and who is told by it, where the settings want one."""
    wanted, project = settings.budget, narrowed(settings.platform, Gke).project
    if wanted is None:
        return
    # A person's credentials have no project that such a call would count for.
    counted = {"$userProject": project}

    def budgets() -> Iterator[Thing]:
        """Those that look at our project: another one of the same account may have a budget of that name."""
        number = str(api.one(f"{api.endpoints.projects}/{project}").get("projectNumber"))
        ours = {f"projects/{number}", f"projects/{project}"}
        url = f"{api.endpoints.billing}/billingAccounts/{wanted.billing_account}/budgets"
        for budget in api.listing(url, "budgets", {"pageSize": "100", **counted}):
            if set((budget.get("budgetFilter") or {}).get("projects") or ()) & ours:
                yield budget

    yield Kind(
        name="budget",
        cost="free; goes on sending mail",
        remove=f"billing budgets delete {{id}} --billing-account {wanted.billing_account}",
        project=project,
        list=budgets,
        names=(Names(settings.name).of("budget"),),
    )
    yield Kind(
        name="notification channel",
        cost="free",
        remove="beta monitoring channels delete {id}",
        project=project,
        list=lambda: api.listing(
            f"{api.endpoints.monitoring}/projects/{project}/notificationChannels",
            "notificationChannels",
            {"pageSize": "100"},
        ),
    )
