"""The program asks staging until the configuration says that production was reached, and the state remembers that."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.settings import maintenance, surroundings
from binder_deploy.settings.staged import KEY
from binder_deploy.stacks.ledger import TYPE, certified_in, recall

ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"
HOSTS = "binder.campus.example.org,hub.campus.example.org"
STAGED = {"server": "staged"}


@pytest.mark.system
@pytest.mark.parametrize(
    ("config", "server"), [({}, "staging"), ({KEY: HOSTS}, "production"), ({KEY: "binder.elsewhere.org"}, "staging")]
)
def test_one_issuer_after_the_other_and_one_secret(deploy: Any, config: dict[str, str], server: str) -> None:
    run = deploy(tls=STAGED, config=config)
    issuer, certificate = run.one(ISSUER), run.one(CERTIFICATE).inputs
    assert issuer.inputs["metadata"]["name"] == f"letsencrypt-{server}"
    assert not issuer.delete_before_replace, "the old one serves until the new one is there"
    assert ("staging" in issuer.inputs["spec"]["acme"]["server"]) == (server == "staging")
    assert certificate["spec"]["issuerRef"]["name"] == f"letsencrypt-{server}"
    assert (certificate["metadata"]["name"], certificate["spec"]["secretName"]) == ("binder-tls", "binder-tls")
    assert run.one(TYPE).inputs.get(KEY) == config.get(KEY)


@pytest.mark.system
def test_nothing_else_is_changed_by_it(deploy: Any) -> None:
    runs = (deploy(tls=STAGED), deploy(tls=STAGED, config={KEY: HOSTS}))
    others = [
        {r.urn: r.inputs for r in run.resources if r.type != TYPE and "certificates" not in r.name} for run in runs
    ]
    assert others[0] == others[1]


class Engine:
    """Stands in for the engine: a state, and the configuration of one machine."""

    def __init__(self, remembered: dict[str, str], here: dict[str, str]) -> None:
        self.remembered, self.here = remembered, dict(here)

    def resources(self) -> tuple[dict[str, Any], ...]:
        return ({"type": TYPE, "inputs": {"deployment": "campus", **self.remembered}},)

    def configuration(self) -> dict[str, str]:
        return self.here

    def configure(self, key: str, value: str) -> None:
        assert key in (KEY, maintenance.KEY, surroundings.KEY)
        self.here[key] = value

    def configure_secrets(self, values: dict[str, str]) -> None:
        assert values == {}


@pytest.mark.parametrize(
    ("remembered", "here", "then"),
    [
        ({KEY: HOSTS}, {}, HOSTS),
        ({KEY: HOSTS}, {KEY: ""}, HOSTS),
        ({}, {KEY: HOSTS}, ""),  # begun, and cut off before the state took note
        ({}, {}, None),
    ],
)
def test_what_the_state_says_holds_on_every_machine(
    remembered: dict[str, str], here: dict[str, str], then: str | None
) -> None:
    engine = Engine(remembered, here)
    recall(engine)  # type: ignore[arg-type]
    assert engine.here.get(KEY) == then
    assert certified_in(engine.resources()) == remembered.get(KEY)
