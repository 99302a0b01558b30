"""From staging certificates to trusted ones, once the checks of a deployment pass (`tls.server: staged`).

The ClusterIssuer of production is made beside the one of staging, the Certificate is pointed to it, and cert-manager
orders: until the new certificate is there, the old one serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from binder_deploy.checks.model import Failed, Outcome, Passed, Phase, Skipped, Warned
from binder_deploy.cli.flows import checking, partly
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.settings import staged
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.ledger import TYPE as LEDGER

COMPONENT = "binder-deploy:cluster:Certificates"
SHOWN_BY = ("BD-TLS-001", "BD-TLS-002")
"""Whoever got a certificate from staging has the records, the open port and the account that production needs."""
_PHASES = (Phase.INGRESS, Phase.TLS)
"""Whose failure would be repeated there, and be counted: ignored or not."""
_AGAIN = (Phase.TLS, Phase.HUB, Phase.BINDER)
"""What looks at certificates."""


def go_on(
    deployment: Deployment,
    outputs: Outputs | None,
    outcomes: Sequence[Outcome],
    observe: Observer,
    *,
    wait_s: float,
) -> tuple[Deployment, tuple[Outcome, ...]]:
    """Switch to production if that is wanted and nothing speaks against it; the deployment as it is then, and its
    outcomes. Raises `Stopped`, and `Blocked` while the new certificate is not there: the next `up` goes on.

    `outcomes`: of the checks that were just made on the deployment. `wait_s`: for the new certificate, in seconds.
    """
    if not staged.on_trial(deployment.settings):
        return deployment, tuple(outcomes)
    if against := obstacles(outcomes):
        told = ", ".join(against)
        observe(Notice(f"certificates stay those of staging, which browsers refuse: {told}; then `binder-deploy up`"))
        return deployment, tuple(outcomes)
    noted = staged.subject(deployment.settings)
    targets = certificates_of(deployment.engine.resources())
    deployment.engine.configure(staged.KEY, noted)
    # Should the update end before the state has taken note, the next `up` takes this back and begins again.
    partly.update(deployment, targets, "up", observe, name="certify", title="switch to trusted certificates")
    deployment = replace(deployment, settings=staged.arrived(deployment.settings, noted))
    again = checking.after(deployment, outputs, observe, wait_s=wait_s, phases=_AGAIN)
    latest = {outcome.check.id: outcome for outcome in (*outcomes, *again)}
    return deployment, tuple(latest.values())


def obstacles(outcomes: Sequence[Outcome]) -> list[str]:
    """Why nothing should be ordered from production yet. In a rehearsal what is played is good enough."""
    by_id = {outcome.check.id: outcome for outcome in outcomes}
    missing = [f"{check} must pass" for check in SHOWN_BY if check not in by_id or not _well(by_id[check])]
    failed = [
        f"{outcome.check.id} must pass"
        for outcome in outcomes
        if outcome.check.phase in _PHASES and outcome.check.id not in SHOWN_BY and _fails(outcome)
    ]
    return [*missing, *failed]


def certificates_of(resources: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """URNs of the issuer and the certificate, with their component, and of what the state remembers.

    Raises `Refused` where there are none.
    """
    component = next((r["urn"] for r in resources if r["type"] == COMPONENT), None)
    if component is None:
        raise Refused("the state knows of no certificate; run `binder-deploy up`")
    inside = (r["urn"] for r in resources if r.get("parent") == component)
    return (*(r["urn"] for r in resources if r["type"] == LEDGER), component, *inside)


def _well(outcome: Outcome) -> bool:
    verdict = outcome.verdict
    return isinstance(verdict, Passed) or (isinstance(verdict, Skipped) and verdict.reason == "simulated")


def _fails(outcome: Outcome) -> bool:
    verdict = outcome.verdict
    return isinstance(verdict, Failed) or (isinstance(verdict, Warned) and verdict.ignored)
