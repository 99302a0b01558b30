"""A budget tells somebody, through channels that exist."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile

BUDGET = {"billingAccount": "012345-6789AB-CDEF01", "amount": {"specifiedAmount": {"units": "100"}}}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"billingAccount": "mine"}, "billingAccount"),
        ({"amount": {"specifiedAmount": {"units": "99.5"}}}, "amount.specifiedAmount.units"),
        ({"budgetFilter": {"projects": ["demo-project"]}}, "budgetFilter.projects[0]"),
        ({"thresholdRules": [{"thresholdPercent": 1, "spendBasis": "SPENT"}]}, "thresholdRules[0].spendBasis"),
    ],
)
def test_budgets_that_google_refuses(google: Any, changed: dict[str, Any], path: str) -> None:
    assert path in google.problems("budget", **{**BUDGET, **changed})


def test_a_channel_stays_while_a_budget_uses_it(google: Any) -> None:
    assert "labels['email_address']" in google.problems("channel", type="email", labels={"email_address": "me"})
    channel = google.create("channel", type="email", labels={"email_address": "me@example.org"})
    told = {"allUpdatesRule": {"monitoringNotificationChannels": [channel["id"]]}}
    nowhere = {"allUpdatesRule": {"monitoringNotificationChannels": ["projects/demo-project/notificationChannels/1"]}}
    assert "was not found" in google.refused("budget", **BUDGET, **nowhere)
    budget = google.create("budget", **BUDGET, **told)
    assert "already being used" in google.delete_refused("channel", channel["id"])
    google.delete("budget", budget["id"])
    google.delete("channel", channel["id"])


def test_its_api_must_be_on_in_the_project_that_asks(google: Any, cloud_file: CloudFile) -> None:
    with cloud_file.transaction() as cloud:
        cloud.session["enabled_apis"] = ["demo-project/serviceusage.googleapis.com"]
    assert "Cloud Billing Budget API has not been used in project demo-project" in google.refused("budget", **BUDGET)
