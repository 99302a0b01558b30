"""The project itself: whether it is there, who pays, which APIs are switched on."""

from __future__ import annotations

from google.api_core.exceptions import NotFound

from binder_deploy.checks.facts.account import Account, Billing, Services
from binder_deploy.checks.probes.google.access import Google, NotAllowed, asking
from binder_deploy.settings.address import CloudDns
from binder_deploy.settings.gke_apis import APIS, DNS_API
from binder_deploy.settings.model import Settings

_SETTING = "platform.project"
_LIST = "gcloud projects list"
_ENABLER = "serviceusage"


def account(google: Google) -> Account:
    """Whether the project is there and active. Raises `NotAllowed` when the API that knows is switched off."""
    try:
        with asking("the project", "roles/browser", google.project):
            found = google.projects.get_project(name=f"projects/{google.project}")
    except NotFound:
        return _unseen(google.project)
    except NotAllowed as refused:
        if refused.off:
            raise
        # Google says 403 for what is not there, too.
        return _unseen(google.project)
    if found.state.name == "ACTIVE":
        return Account(_SETTING, google.project, "", "")
    return Account(
        _SETTING,
        google.project,
        "it is marked for deletion",
        f"gcloud projects undelete {google.project}, or name another one; {_LIST} shows them",
    )


def billing(google: Google) -> Billing:
    """Whether an open billing account pays for the project. Raises `NotAllowed`."""
    with asking("billing", "roles/browser", google.project):
        found = google.get("cloudbilling", f"v1/projects/{google.project}/billingInfo")
    return Billing(
        google.project,
        bool(found.get("billingEnabled")),
        f"gcloud billing projects link {google.project} --billing-account=ID (gcloud billing accounts list)",
    )


def services(google: Google, settings: Settings) -> Services:
    """Which APIs are still switched off. Raises `NotAllowed`."""
    dns = settings.address.dns
    wanted: tuple[str, ...] = APIS
    if isinstance(dns, CloudDns) and dns.project in (None, google.project):
        wanted = (*APIS, DNS_API)
    parent = f"projects/{google.project}"
    try:
        with asking("the APIs", "roles/serviceusage.serviceUsageViewer", google.project):
            answer = google.service_usage.batch_get_services(
                request={"parent": parent, "names": [f"{parent}/services/{api}.googleapis.com" for api in wanted]}
            )
    except NotAllowed as refused:
        if refused.off != _ENABLER:
            raise
        return _services(google, wanted, (_ENABLER,))
    on = {service.name.rpartition("/")[2] for service in answer.services if service.state.name == "ENABLED"}
    return _services(google, wanted, tuple(api for api in wanted if f"{api}.googleapis.com" not in on))


def _services(google: Google, wanted: tuple[str, ...], off: tuple[str, ...]) -> Services:
    names = " ".join(f"{api}.googleapis.com" for api in off)
    command = f"gcloud services enable {names} --project {google.project}"
    return Services(len(wanted), off, _ENABLER in off, command)


def _unseen(project: str) -> Account:
    return Account(
        _SETTING,
        project,
        "it does not exist, or whoever is logged in may not see it",
        f"write the project's id (not its name or number); {_LIST} shows those that you may see",
    )
