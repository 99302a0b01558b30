"""Mail when the bill of a deployment on Google's side grows."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from binder_deploy.components.gke.budget import Budget, BudgetArgs
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names, labels


def budget(settings: Settings, after: Sequence[pulumi.Resource]) -> None:
    """The budget, where the settings want one; `after` has the APIs."""
    wanted, project = settings.budget, narrowed(settings.platform, Gke).project
    if wanted is None:
        return
    # A provider of its own: the API of budgets asks a person's credentials which project's quota a call counts for.
    provider = gcp.Provider("gcp-billing", project=project, billing_project=project, user_project_override=True)
    found = gcp.organizations.get_project_output(
        project_id=project, opts=pulumi.InvokeOutputOptions(provider=provider, depends_on=list(after))
    )
    Budget(
        "budget",
        BudgetArgs(
            project=project,
            project_number=found.number,
            # The settings insist on it for this platform.
            billing_account=str(wanted.billing_account),
            name=Names(settings.name).of("budget"),
            monthly=wanted.monthly,
            emails=wanted.emails,
            labels=labels(settings),
            after=after,
        ),
        pulumi.ResourceOptions(providers=[provider]),
    )
