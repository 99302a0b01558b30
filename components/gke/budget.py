"""Mail when the project's bill grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import billing, monitoring

from binder_deploy.components.base import Args, inputs, named

ALERTS = (("CURRENT_SPEND", 0.5), ("CURRENT_SPEND", 1.0), ("FORECASTED_SPEND", 1.0))
"""What is compared with the budget, and the share at which mail is sent."""
NANO = 10**9


@dataclass(frozen=True, kw_only=True)
class BudgetArgs(Args):
    """Inputs of `Budget`."""

    project: Input[str]
    project_number: Input[str]
    billing_account: Input[str]
    name: str
    """Shown as the budget's name: budgets take no labels."""
    monthly: float
    """In the billing account's currency."""
    emails: Sequence[str]
    labels: Mapping[str, str]


class Budget(pulumi.ComponentResource):
    """A monthly budget of the whole project: traffic and addresses have no labels to be counted by."""

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Budget", name, inputs(args), opts)
        channels = [
            monitoring.NotificationChannel(
                f"{name}-mail-{email}",
                project=args.project,
                type="email",
                display_name=f"{args.name}: {email}",
                labels={"email_address": email},
                user_labels=args.labels,
                opts=named(self, args.after),
            )
            for email in args.emails
        ]
        units = int(args.monthly)
        billing.Budget(
            f"{name}-budget",
            billing_account=args.billing_account,
            display_name=args.name,
            budget_filter=billing.BudgetBudgetFilterArgs(
                projects=[pulumi.Output.concat("projects/", args.project_number)]
            ),
            amount=billing.BudgetAmountArgs(
                specified_amount=billing.BudgetAmountSpecifiedAmountArgs(
                    units=str(units), nanos=round((args.monthly - units) * NANO)
                )
            ),
            threshold_rules=[
                billing.BudgetThresholdRuleArgs(threshold_percent=share, spend_basis=basis) for basis, share in ALERTS
            ],
            all_updates_rule=billing.BudgetAllUpdatesRuleArgs(
                monitoring_notification_channels=[channel.id for channel in channels]
            ),
            opts=named(self, args.after),
        )
        self.register_outputs({"monthly": args.monthly})
