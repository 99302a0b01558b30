"""Which disruption budgets hold a node for ever, and which do so only while they are meant to."""

from __future__ import annotations

import pytest

from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.rules.nodes import nothing_forbids_emptying


def verdict(namespace: str, **status: int) -> Verdict:
    budget = {"metadata": {"namespace": namespace, "name": "budget"}, "status": status}
    return nothing_forbids_emptying(Facts({living.BUDGET_STATES: (budget,)}))


@pytest.mark.parametrize("healthy", [0, 1])
def test_a_budget_that_wants_its_only_pod_is_told_whether_all_is_well_or_not(healthy: int) -> None:
    told = verdict("binder", expectedPods=1, desiredHealthy=1, currentHealthy=healthy, disruptionsAllowed=0)
    assert isinstance(told, Failed) and "binder/budget never lets a pod go" in told.message


@pytest.mark.parametrize(
    ("namespace", "status"),
    [
        # One of two is down: the other one stays for that long.
        ("traefik", {"expectedPods": 2, "desiredHealthy": 1, "currentHealthy": 1, "disruptionsAllowed": 0}),
        ("binder", {"expectedPods": 1, "desiredHealthy": 0, "currentHealthy": 1, "disruptionsAllowed": 1}),
        # It guards nothing, so it holds nothing.
        ("binder", {"expectedPods": 0, "desiredHealthy": 1}),
        ("lectures", {"expectedPods": 1, "desiredHealthy": 1, "currentHealthy": 1}),
    ],
)
def test_others_are_let_be(namespace: str, status: dict[str, int]) -> None:
    assert isinstance(verdict(namespace, **status), Passed)
