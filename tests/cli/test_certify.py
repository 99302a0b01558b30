"""Trusted certificates are ordered once, when nothing speaks against it, and the checks look again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Failed, Outcome, Passed, Phase, Skipped, Verdict, Warned
from binder_deploy.cli.flows import certify, checking
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Blocked, Refused, Stopped
from binder_deploy.settings.load import parse
from binder_deploy.settings.staged import KEY, subject
from binder_deploy.settings.tls import LetsEncrypt
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.events import Summary
from binder_deploy.stacks.ledger import TYPE as LEDGER

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
CHECKS = {check.id: check for check in CATALOGUE}
STATE = [
    {"type": LEDGER, "urn": "urn:ledger"},
    {"type": "kubernetes:helm.sh/v3:Release", "urn": "urn:release"},
    {"type": certify.COMPONENT, "urn": "urn:certificates"},
    {"type": "kubernetes:cert-manager.io/v1:ClusterIssuer", "urn": "urn:issuer", "parent": "urn:certificates"},
    {"type": "kubernetes:cert-manager.io/v1:Certificate", "urn": "urn:certificate", "parent": "urn:certificates"},
]


@dataclass
class Engine:
    """Stands in for the engine: notes what it is told to do."""

    state: list[dict[str, Any]] = field(default_factory=lambda: list(STATE))
    configured: dict[str, str] = field(default_factory=dict)
    updated: list[tuple[str, ...]] = field(default_factory=list)
    broken: bool = False

    def resources(self) -> tuple[dict[str, Any], ...]:
        return tuple(self.state)

    def configure(self, key: str, value: str) -> None:
        self.configured[key] = value

    def up(self, observe: Any, targets: tuple[str, ...]) -> Summary:
        assert self.configured, "the program reads it"
        if self.broken:
            raise EngineError("up", [], [], "it broke")
        self.updated.append(tuple(targets))
        return Summary({"update": 3}, 1.0)


def outcome(check: str, verdict: Verdict) -> Outcome:
    return Outcome(CHECKS[check], verdict, 0.0)


def well(**others: Verdict) -> list[Outcome]:
    found: dict[str, Verdict] = {"BD_TLS_001": Passed(), "BD_TLS_002": Passed(), "BD_DNS_003": Passed(), **others}
    return [outcome(check.replace("_", "-"), verdict) for check, verdict in found.items()]


def deployed(engine: Engine, server: str = "staged") -> Deployment:
    settings = parse(GKE.replace("server: production", f"server: {server}"))
    where = Path("deployment")
    made: Any = engine
    return Deployment(where, settings, {}, None, None, made, where / "kubeconfig", lambda: ())  # type: ignore[arg-type]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Phase, ...]]]:
    """Server that is asked, and phases, each time that the checks look again."""
    seen: list[tuple[str, tuple[Phase, ...]]] = []

    def after(deployment: Deployment, *_: Any, wait_s: float, phases: tuple[Phase, ...]) -> tuple[Outcome, ...]:
        assert isinstance(deployment.settings.tls, LetsEncrypt)
        assert wait_s == 5
        seen.append((deployment.settings.tls.server, phases))
        return (outcome("BD-TLS-002", Passed("of production")),)

    monkeypatch.setattr(checking, "after", after)
    return seen


def go_on(deployment: Deployment, outcomes: list[Outcome]) -> tuple[Deployment, dict[str, Verdict], list[str]]:
    said: list[str] = []
    then, found = certify.go_on(deployment, None, outcomes, lambda e: said.append(getattr(e, "text", "")), wait_s=5)
    return then, {o.check.id: o.verdict for o in found}, [text for text in said if text]


def test_the_certificate_and_what_is_remembered_are_changed_and_nothing_else(looked: list[Any]) -> None:
    engine = Engine()
    before = deployed(engine)
    then, found, said = go_on(before, well())
    assert engine.updated == [("urn:ledger", "urn:certificates", "urn:issuer", "urn:certificate")]
    assert engine.configured == {KEY: subject(before.settings)}
    assert looked == [("production", (Phase.TLS, Phase.HUB, Phase.BINDER))]
    assert found == {"BD-TLS-001": Passed(), "BD-TLS-002": Passed("of production"), "BD-DNS-003": Passed()}
    assert said == []
    assert go_on(then, well())[0] is then
    assert len(engine.updated) == 1, "once"


@pytest.mark.parametrize("server", ["staging", "production"])
def test_what_is_said_outright_is_left_alone(looked: list[Any], server: str) -> None:
    engine = Engine()
    assert go_on(deployed(engine, server), well())[2] == []
    assert (engine.updated, engine.configured, looked) == ([], {}, [])


def test_in_a_rehearsal_a_played_certificate_is_good_enough(looked: list[Any]) -> None:
    played = Skipped("simulated", "played")
    engine = Engine()
    go_on(deployed(engine), well(BD_TLS_001=played, BD_TLS_002=played, BD_DNS_003=played))
    assert engine.updated


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ({"BD_TLS_002": Skipped("unknown", "no answer")}, "BD-TLS-002"),
        ({"BD_TLS_002": Warned("not ready", ignored=True)}, "BD-TLS-002"),
        ({"BD_DNS_003": Warned("elsewhere", ignored=True)}, "BD-DNS-003"),
        ({"BD_TLS_005": Failed("closed", "open it")}, "BD-TLS-005"),
    ],
)
def test_nothing_is_ordered_where_it_might_be_in_vain(
    looked: list[Any], others: dict[str, Verdict], named: str
) -> None:
    engine = Engine()
    _, _, (text,) = go_on(deployed(engine), well(**others))
    assert named in text
    assert "browsers refuse" in text
    assert (engine.updated, engine.configured, looked) == ([], {}, [])


def test_a_check_that_is_left_out_shows_nothing(looked: list[Any]) -> None:
    engine = Engine()
    _, _, (text,) = go_on(deployed(engine), [outcome("BD-TLS-001", Passed())])
    assert "BD-TLS-002 must pass" in text
    assert engine.updated == []


def test_warnings_that_no_order_depends_on_are_no_obstacle(looked: list[Any]) -> None:
    engine = Engine()
    go_on(deployed(engine), well(BD_TLS_008=Warned("a staging certificate"), BD_HUB_001=Warned("slow", ignored=True)))
    assert engine.updated


def test_an_update_that_fails_says_what_goes_on_and_a_missing_certificate_is_told(looked: list[Any]) -> None:
    with pytest.raises(Stopped) as caught:
        go_on(deployed(Engine(broken=True)), well())
    assert "`binder-deploy up`" in caught.value.advice.go_on
    with pytest.raises(Refused, match="no certificate"):
        go_on(deployed(Engine(state=STATE[:2])), well())
    assert looked == []


def test_while_the_new_one_is_not_there_the_checks_block(monkeypatch: pytest.MonkeyPatch) -> None:
    def after(*_: Any, **__: Any) -> tuple[Outcome, ...]:
        raise Blocked([outcome("BD-TLS-002", Failed("not ready", "wait"))])

    monkeypatch.setattr(checking, "after", after)
    engine = Engine()
    with pytest.raises(Blocked):
        go_on(deployed(engine), well())
    assert engine.configured[KEY], "the next `up` goes on from here"
