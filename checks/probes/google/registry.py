"""The registry of a deployment that exists: what throws old images away."""

from __future__ import annotations

from google.api_core.exceptions import NotFound

from binder_deploy.checks.facts.registry import Retention
from binder_deploy.checks.probes.google.access import Google, asking
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names


def retention(google: Google, settings: Settings, platform: Gke) -> Retention:
    """The repository's own policies. Raises `NotAllowed`."""
    name = Names(settings.name).repository
    where = f"repository {name}"
    path = f"projects/{google.project}/locations/{platform.region}/repositories/{name}"
    try:
        with asking("the repository", "roles/artifactregistry.reader", google.project):
            found = google.registries.get_repository(name=path)
    except NotFound:
        return Retention(1, (f"{where} (it is not there)",))
    deletes = any(policy.action.name == "DELETE" for policy in found.cleanup_policies.values())
    # In a dry run the policies only write into the log what they would remove.
    return Retention(1, () if deletes and not found.cleanup_policy_dry_run else (where,))
