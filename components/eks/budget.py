"""Mail when the account's bill grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import budgets

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.tags import tagged

ALERTS = (("ACTUAL", 50.0), ("ACTUAL", 100.0), ("FORECASTED", 100.0))
"""What is compared with the budget, and the percentage at which mail is sent."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs(Args):
    """Inputs of `Budget`."""

    account: str
    """Its number: with the name it is what a budget is found by."""
    name: str
    """Physical name, unique in the account."""
    monthly: float
    """In US dollars: AWS knows no other currency here."""
    emails: Sequence[str]
    tags: Mapping[str, str]


class Budget(pulumi.ComponentResource):
    """A monthly budget of the whole account.

    Not of our tags alone: AWS counts by a tag only after somebody has activated it for billing, and until then such
    a budget would watch nothing and say nothing.
    """

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Budget", name, inputs(args), opts)
        budgets.Budget(
            f"{name}-budget",
            account_id=args.account,
            name=args.name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{args.monthly:.2f}",
            limit_unit="USD",
            notifications=[
                budgets.BudgetNotificationArgs(
                    comparison_operator="GREATER_THAN",
                    notification_type=kind,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=list(args.emails),
                )
                for kind, percent in ALERTS
            ],
            tags=tagged(args.tags, args.name),
            opts=named(self, args.after),
        )
        self.register_outputs({"monthly": args.monthly})
