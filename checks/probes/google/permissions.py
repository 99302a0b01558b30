"""What whoever runs `up` and `down` must be allowed to do, and what of it is missing.

The table follows the program's resources (components/gke): creating, reading, changing and removing each of them. What
only the checks and the sweep read is not in it: a check that cannot ask says so itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from binder_deploy.checks.facts.account import Missing, Permissions
from binder_deploy.checks.probes.google.access import Google, asking, grant
from binder_deploy.checks.probes.google.identity import member, principal
from binder_deploy.settings.address import CloudDns
from binder_deploy.settings.gke import Gke, ManagedNetwork
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import ArtifactRegistry


@dataclass(frozen=True)
class Need:
    """Permissions for one purpose, all in one predefined role."""

    purpose: str
    role: str
    permissions: tuple[str, ...]


def _all(kind: str, *verbs: str) -> tuple[str, ...]:
    return tuple(f"{kind}.{verb}" for verb in verbs)


_LIFE = ("create", "get", "update", "delete")

_PROJECT = Need("the project's number", "roles/browser", ("resourcemanager.projects.get",))
_APIS = Need(
    "switching on APIs",
    "roles/serviceusage.serviceUsageAdmin",
    _all("serviceusage.services", "enable", "get", "list"),
)
_ADDRESS = Need(
    "the reserved address",
    "roles/compute.networkAdmin",
    (
        *_all("compute.addresses", "create", "get", "delete", "setLabels"),
        *_all("compute.regionOperations", "get"),
    ),
)
_NETWORK = Need(
    "the network",
    "roles/compute.networkAdmin",
    (
        *_all("compute.networks", "create", "get", "updatePolicy", "delete"),
        *_all("compute.subnetworks", *_LIFE),
        *_all("compute.routers", *_LIFE),
        *_all("compute.globalOperations", "get"),
    ),
)
_CLUSTER = Need(
    "the cluster and its pools",
    "roles/container.admin",
    (*_all("container.clusters", *_LIFE), *_all("container.operations", "get")),
)
_INSIDE = Need(
    "what is installed in the cluster",
    "roles/container.admin",
    (
        # Charts bring roles of their own, and nobody may hand out rights who has not these.
        *_all("container.clusterRoles", "create", "bind", "escalate"),
        *_all("container.clusterRoleBindings", "create"),
        *_all("container.roles", "create", "bind", "escalate"),
        *_all("container.roleBindings", "create"),
        *_all("container.namespaces", "create"),
        *_all("container.secrets", "create", "get", "list"),
        *_all("container.deployments", "create"),
    ),
)
_ENDPOINT = Need("the cluster's DNS endpoint", "roles/container.admin", ("container.clusters.connect",))
_ACCOUNTS = Need("the service accounts", "roles/iam.serviceAccountAdmin", _all("iam.serviceAccounts", *_LIFE))
_ACT_AS = Need("nodes that run as their account", "roles/iam.serviceAccountUser", ("iam.serviceAccounts.actAs",))
_KEYS = Need(
    "the key that images are pushed with",
    "roles/iam.serviceAccountKeyAdmin",
    _all("iam.serviceAccountKeys", "create", "get", "delete"),
)
_BINDINGS = Need(
    "the nodes' rights in the project",
    "roles/resourcemanager.projectIamAdmin",
    _all("resourcemanager.projects", "getIamPolicy", "setIamPolicy"),
)
_REGISTRY = Need(
    "the registry",
    "roles/artifactregistry.admin",
    _all("artifactregistry.repositories", *_LIFE, "getIamPolicy", "setIamPolicy"),
)
_RECORDS = Need(
    "the DNS records",
    "roles/dns.admin",
    (
        *_all("dns.resourceRecordSets", *_LIFE, "list"),
        *_all("dns.changes", "create", "get"),
        "dns.managedZones.get",
    ),
)


def needs(settings: Settings, platform: Gke) -> Iterator[Need]:
    """What the program needs in the project of the platform."""
    yield from (_PROJECT, _APIS, _ADDRESS, _CLUSTER, _INSIDE, _ACCOUNTS, _ACT_AS, _BINDINGS)
    if isinstance(platform.network, ManagedNetwork):
        yield _NETWORK
    if not platform.authorized_networks:
        yield _ENDPOINT
    if isinstance(settings.registry, ArtifactRegistry):
        yield _REGISTRY
        if settings.registry.push == "key":
            yield _KEYS


def zone_needs() -> tuple[Need, ...]:
    """What it needs where the DNS zone is."""
    return (_RECORDS,)


def permissions(google: Google, settings: Settings, platform: Gke) -> Permissions:
    """What is missing in the project. Raises `NotAllowed`."""

    def held(wanted: list[str]) -> Collection[str]:
        with asking("the permissions", "roles/browser", google.project):
            answer = google.projects.test_iam_permissions(resource=f"projects/{google.project}", permissions=wanted)
        return set(answer.permissions)

    return _missing(google, google.project, tuple(needs(settings, platform)), held)


def zone_permissions(google: Google, settings: Settings) -> Permissions | None:
    """What is missing to change records, or `None` where they are not ours. Raises `NotAllowed`.

    The zone is asked, not its project: rights may have been given on this zone alone.
    """
    dns = settings.address.dns
    if not isinstance(dns, CloudDns):
        return None
    project = dns.project or google.project
    path = f"dns/v1/projects/{project}/managedZones/{dns.zone}:testIamPermissions"

    def held(wanted: list[str]) -> Collection[str]:
        with asking("the DNS zone", "roles/dns.reader", project):
            return set(google.post("dns", path, {"permissions": wanted}).get("permissions", ()))

    return _missing(google, project, zone_needs(), held)


def _missing(
    google: Google, project: str, wanted: tuple[Need, ...], held: Callable[[list[str]], Collection[str]]
) -> Permissions:
    every = sorted({permission for need in wanted for permission in need.permissions})
    has = held(every)
    who = member(google)
    return Permissions(
        principal(google),
        len(every),
        tuple(
            Missing(permission, need.purpose, need.role, grant(project, need.role, who))
            for need in wanted
            for permission in need.permissions
            if permission not in has
        ),
    )
