"""Budgets: mail when the bill grows. They belong to the account."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.aws import rules
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.tags(props)
    yield from rules.matches(props, "name", r"[^:\\]{1,100}", "1 to 100 characters, no : and no backslash")
    yield from rules.choice(props, "budgetType", "COST", "USAGE", "SAVINGS_PLANS_UTILIZATION",
                            "SAVINGS_PLANS_COVERAGE", "RI_UTILIZATION", "RI_COVERAGE")  # fmt: skip
    yield from rules.choice(props, "timeUnit", "DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY")
    yield from rules.matches(props, "limitAmount", r"\d+(\.\d+)?", "the form of a number")
    for i, notification in enumerate(props.get("notifications") or ()):
        path = f"notifications[{i}]"
        for field, allowed in (
            ("comparisonOperator", ("LESS_THAN", "EQUAL_TO", "GREATER_THAN")),
            ("notificationType", ("ACTUAL", "FORECASTED")),
            ("thresholdType", ("PERCENTAGE", "ABSOLUTE_VALUE")),
        ):
            yield from rules.choice(notification, field, *allowed, path=f"{path}.{field}")
        mails = notification.get("subscriberEmailAddresses") or ()
        if len(mails) > 10:
            yield Problem(f"{path}.subscriberEmailAddresses", "10 addresses are allowed")
        if not mails and not notification.get("subscriberSnsTopicArns"):
            yield Problem(path, "has nobody to tell")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {
        "accountId": props[rules.ACCOUNT],
        "arn": f"arn:aws:budgets::{props[rules.ACCOUNT]}:budget/{props['name']}",
        **rules.tagged(props),
    }


BUDGET = Kind(
    pulumi_type="aws:budgets/budget:Budget",
    label="Budget",
    id=lambda props: f"{props[rules.ACCOUNT]}:{props['name']}",
    outputs=_outputs,
    computed=("accountId", "arn"),
    located=rules.GLOBAL,
    immutable=frozenset({"name", "namePrefix", "accountId"}),
    check=_check,
    autoname=100,
)

KINDS = (BUDGET,)
