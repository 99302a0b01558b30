"""A lost passphrase on the real engine and a real control plane. The living deployment ends here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from binder_deploy.cli.flows.deployment import open_deployment
from binder_deploy.cli.flows.remove import remove
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.stacks.events import ResourceStep
from binder_deploy.stacks.recover import recover

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_a_lost_passphrase_costs_the_secrets_and_nothing_else(living: Any) -> None:
    session, deployment = living.session, living.deployment
    before = {r["urn"] for r in deployment.engine.resources()}
    # A maintenance that has ended leaves an empty value, which is nothing to get back.
    tokens = {key: value for key, value in deployment.engine.configuration().items() if value}
    unlocked = {k: v for k, v in deployment.site.environ.items() if k != "PULUMI_CONFIG_PASSPHRASE"}
    closed = replace(deployment.site, environ=unlocked)
    fresh = replace(deployment.site, environ={**unlocked, "PULUMI_CONFIG_PASSPHRASE": "another"})
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PULUMI_CONFIG_PASSPHRASE")
        recover(closed, fresh, deployment.settings.name)
        (session.work / f"Pulumi.{deployment.settings.name}.yaml").unlink()
        again = open_deployment(
            deployment.folder,
            deployment.settings,
            deployment.tools,
            living.resolved,
            fresh,
            deployment.sweep,
            simulated=True,
        )
        made = again.engine.configuration()
        assert set(made) == set(tokens)
        assert all(made[key] != tokens[key] for key in tokens)
        changed: dict[str, str] = {}

        def watch(event: object) -> None:
            if isinstance(event, ResourceStep) and event.change != "same":
                changed[event.name] = event.change

        again.engine.up(watch)
        assert {r["urn"] for r in again.engine.resources()} == before
        assert "replace" not in changed.values(), changed
        assert "delete" not in changed.values(), changed
        assert set(again.engine.preview(lambda event: None).changes) == {"same"}
        remove(again, lambda event: None)
        assert leftovers(session.cloud.read()) == []
