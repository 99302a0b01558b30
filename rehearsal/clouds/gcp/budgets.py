"""A billing account's budgets, and the channels by which somebody is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import numbers, rules, words
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

CHANNEL_TYPE = "monitoring/notificationChannel"


def _channel_id(props: Props) -> str:
    return f"projects/{props['project']}/notificationChannels/{numbers.number(props['__unique'], 19)}"


def _check_channel(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.labels(props, "userLabels")
    yield from rules.choice(props, "type", "email", "pagerduty", "pubsub", "slack", "sms", "webhook_tokenauth")
    address = (props.get("labels") or {}).get("email_address")
    if props.get("type") == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(address or "")):
        yield Problem("labels['email_address']", f"{address!r} is not an address")


def _channel_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _channel_id(props)
    return {"name": id, "verificationStatus": "", "enabled": props.get("enabled", True)}


def _delete_channel(cloud: Cloud, record: Record) -> None:
    for budget in cloud.of_type("billing/budget"):
        if record.id in ((budget.outputs.get("allUpdatesRule") or {}).get("monitoringNotificationChannels") or ()):
            raise words.in_use("notificationChannel", record.id, budget.id)
    cloud.remove(record.type, record.id)


CHANNEL = Kind(
    pulumi_type="gcp:monitoring/notificationChannel:NotificationChannel",
    label="NotificationChannel",
    id=_channel_id,
    outputs=_channel_outputs,
    computed=("name", "verificationStatus"),
    immutable=frozenset({"project"}),
    check=_check_channel,
    delete=_delete_channel,
    unique=True,
)


def _budget_id(props: Props) -> str:
    return f"billingAccounts/{props['billingAccount']}/budgets/{props['__unique'][:32]}"


def _check_budget(props: Props) -> Iterator[Problem]:
    account = props.get("billingAccount")
    if account is not None and not re.fullmatch(r"[0-9A-F]{6}(-[0-9A-F]{6}){2}", str(account)):
        yield Problem("billingAccount", f"{account!r} must look like 012345-6789AB-CDEF01")
    if len(props.get("displayName") or "") > 60:
        yield Problem("displayName", "60 characters are allowed")
    amount = (props.get("amount") or {}).get("specifiedAmount") or {}
    if amount and not re.fullmatch(r"\d*", str(amount.get("units") or "")):
        yield Problem("amount.specifiedAmount.units", f"{amount['units']!r} must be a whole number")
    for i, project in enumerate((props.get("budgetFilter") or {}).get("projects") or ()):
        if not re.fullmatch(r"projects/\d+", str(project)):
            yield Problem(f"budgetFilter.projects[{i}]", f"{project!r} must be projects/NUMBER")
    for i, rule in enumerate(props.get("thresholdRules") or ()):
        path = f"thresholdRules[{i}].spendBasis"
        yield from rules.choice(rule, "spendBasis", "CURRENT_SPEND", "FORECASTED_SPEND", path=path)
    if len((props.get("allUpdatesRule") or {}).get("monitoringNotificationChannels") or ()) > 5:
        yield Problem("allUpdatesRule.monitoringNotificationChannels", "5 channels are allowed")


def _require_budget(cloud: Cloud, props: Props) -> None:
    for channel in (props.get("allUpdatesRule") or {}).get("monitoringNotificationChannels") or ():
        if cloud.get(CHANNEL_TYPE, str(channel)) is None:
            raise words.not_found(str(channel))


def _budget_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {
        "name": (old.id if old else _budget_id(props)).rpartition("/")[2],
        "ownershipScope": props.get("ownershipScope", "OWNERSHIP_SCOPE_UNSPECIFIED"),
    }


BUDGET = Kind(
    pulumi_type="gcp:billing/budget:Budget",
    label="Budget",
    id=_budget_id,
    outputs=_budget_outputs,
    computed=("name",),
    # It belongs to no project; its API is switched on in the one that pays for the call.
    located={"__project": "project"},
    immutable=frozenset({"billingAccount"}),
    check=_check_budget,
    require=_require_budget,
    unique=True,
)

KINDS = (CHANNEL, BUDGET)
