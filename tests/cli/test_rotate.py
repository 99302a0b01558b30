"""Secrets are rotated by name, after a question that says what it means; no kill loses a state its passphrase."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows import rotate as flows
from binder_deploy.cli.flows.errors import Refused, Stopped
from binder_deploy.cli.flows.real import Request
from binder_deploy.cli.flows.rotate import chosen, rotatable, rotate, rotate_passphrase
from binder_deploy.cli.flows.state_site import open_state, place_of
from binder_deploy.ops.backup.hub import NoHub
from binder_deploy.settings.load import parse
from binder_deploy.stacks import reencrypt
from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.ledger import Ledger, identity, remembered
from binder_deploy.stacks.tokens import MONITORING_TOKENS, TOKENS

SETTINGS = """
version: 1
name: campus
tags: { owner: research-it }
platform: { kind: gke, project: campus-binder, region: europe-west1, zone: europe-west1-b }
address: { domain: campus.example.org }
tls: { email: it@campus.example.org }
binder: { github_token: "env:CAMPUS_GITHUB" }
"""
CERTIFICATE = {"type": flows.OWN_CERTIFICATE, "urn": "urn:certificate"}
SECRET = {"type": "kubernetes:core/v1:Secret", "urn": "urn:secret", "parent": "urn:certificate"}


@dataclass
class Hub:
    """Notes which tokens are the only ones left."""

    left: list[str] = field(default_factory=list)
    away: bool = False
    restarted: list[str] = field(default_factory=list)

    def restart(self, kubeconfig: Path, name: str) -> None:
        assert len(self.restarted) == len(self.left), "a token that is in use must not be taken back"
        self.restarted.append(name)

    def take_back(self, kubeconfig: Path, service: str, token: str) -> int:
        assert self.restarted
        if self.away:
            raise NoHub("the hub does not run")
        self.left.append(token)
        return 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "binder.yaml"
    place.write_text(SETTINGS)
    return place


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    made = Hub()
    monkeypatch.setattr(flows, "take_back", made.take_back)
    monkeypatch.setattr(flows, "restart", made.restart)
    return made


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch, hub: Hub, driver: Any) -> None:
    """With a certificate of its own."""
    driver.state += [CERTIFICATE, SECRET]
    charts = SimpleNamespace(binder_service=SimpleNamespace(version="0.1.0-c1"))
    deployment = SimpleNamespace(
        engine=driver, charts=charts, settings=parse(SETTINGS), simulated=False, kubeconfig=Path("kubeconfig")
    )
    monkeypatch.setattr(flows, "opened_for_checks", lambda request, observe: deployment)


def ask(file: Path, *names: str, answer: bool = True) -> tuple[bool, list[str]]:
    questions: list[str] = []
    return rotate(Request(file), names, nothing, lambda q: questions.append(q) or answer), questions  # type: ignore[func-returns-value]


def nothing(_event: object) -> None:
    pass


def test_what_can_be_rotated_is_every_secret_there_is(file: Path) -> None:
    there = rotatable(parse(SETTINGS))
    assert {one.key for one in there} == {*TOKENS, "githubToken", ""}
    assert [one.name for one in there][-2:] == ["binder.github_token", "passphrase"]
    assert all(one.means for one in there)
    watched = rotatable(parse(SETTINGS + "monitoring: {alerts: {kind: webhook, url: 'env:ALERTS'}}\n"))
    assert {one.key for one in watched} - {one.key for one in there} == {*MONITORING_TOKENS, "alertsSecret"}
    with pytest.raises(Refused, match=r"say which; there are hub-token, .*--list"):
        chosen(parse(SETTINGS), [])
    with pytest.raises(Refused, match="hub-key: not a secret of this deployment"):
        chosen(parse(SETTINGS), ["hub-key", "hub-token"])


def test_a_token_is_made_anew_for_the_service_alone_and_the_hub_forgets_the_old_one(
    file: Path, driver: Any, hub: Hub
) -> None:
    done, (question,) = ask(file, "hub-token", "cookie-secret")
    assert done
    assert set(driver.configured) == {"hubToken", "cookieSecret"}
    assert all(len(bytes.fromhex(value)) == 32 for value in driver.configured.values())
    assert len(set(driver.configured.values())) == 2
    assert driver.updated == [("urn:ledger", "urn:component", "urn:release", "urn:certificate", "urn:secret")]
    assert hub.left == [driver.configured["hubToken"]]
    assert "logged out" in question
    assert "launches that are under way fail" in question
    assert not any(value in question for value in driver.configured.values())
    first = dict(driver.configured)
    ask(file, "cookie-secret")
    assert driver.configured["cookieSecret"] != first["cookieSecret"]
    assert driver.configured["hubToken"] == first["hubToken"]
    assert (len(hub.left), hub.restarted) == (1, ["binder"]), "only where its token was rotated"


def test_a_password_of_the_registry_inside_reaches_both_who_asks_and_who_is_asked(
    file: Path, driver: Any, hub: Hub
) -> None:
    file.write_text(SETTINGS.replace("tls: {", "registry: { kind: in-cluster }\ntls: { server: production,"))
    release = {"type": flows.RELEASE, "parent": "urn:registry", "inputs": {"name": "registry"}}
    driver.state.append({**release, "urn": "urn:registry-release"})
    assert ask(file, "registry-push")[0]
    assert set(driver.configured) == {"registryPush"}
    ((*others, component, found),) = driver.updated
    assert (component, found) == ("urn:registry", "urn:registry-release")
    assert "urn:release" in others
    assert hub.restarted == [], "BinderHub starts anew by itself"
    file.write_text(SETTINGS)
    with pytest.raises(Refused, match="registry-push: not a secret of this deployment"):
        ask(file, "registry-push")


def test_a_no_changes_nothing(file: Path, driver: Any, hub: Hub) -> None:
    assert not ask(file, "hub-token", answer=False)[0]
    assert (driver.configured, driver.updated, hub.left) == ({}, [], [])


def test_a_credential_is_read_again_and_one_that_did_not_change_needs_no_question(file: Path, driver: Any) -> None:
    assert ask(file, "binder.github_token") == (True, [])
    assert driver.updated == []
    driver.waiting = True
    done, (question,) = ask(file, "binder.github_token")
    assert done
    assert "goes along" not in question
    assert driver.configured == {}
    assert len(driver.updated) == 1
    assert "goes along" in ask(file, "crypt-key")[1][0]


def test_what_ends_early_says_what_is_in_use_and_what_goes_on(file: Path, driver: Any, hub: Hub) -> None:
    hub.away = True
    with pytest.raises(Stopped) as caught:
        ask(file, "hub-token")
    assert "still lets the old one in" in caught.value.advice.exists
    assert "secrets rotate hub-token" in caught.value.advice.go_on
    driver.broken = True
    with pytest.raises(Stopped) as caught:
        ask(file, "proxy-token")
    assert "secrets rotate proxy-token" in caught.value.advice.go_on


def test_the_passphrase_is_rotated_by_itself(file: Path, driver: Any) -> None:
    with pytest.raises(Refused, match="by itself"):
        ask(file, "passphrase", "hub-token")
    assert driver.configured == {}


def test_the_list_is_for_people_and_machines(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["secrets", "rotate", "--list", "--json", "--file", str(file)]) == exits.DONE
    said = capsys.readouterr()
    assert {one["name"] for one in json.loads(said.out)["secrets"]} >= {"hub-token", "binder.github_token"}
    assert "everybody who is logged in is logged out" in said.err
    assert run(["secrets", "rotate", "--file", str(file)]) == exits.USAGE


# The passphrase, on the real engine


@pytest.fixture
def opened(file: Path, tools: Mapping[str, Path], machine: Path) -> Callable[[], Engine]:
    """Opens the state, as every command does."""
    settings = parse(SETTINGS)

    def open_() -> Engine:
        import pulumi

        site = open_state(settings, file.parent, tools, nothing)
        return Engine(site, "campus", lambda: Ledger(identity(settings), pulumi.Config("binder-deploy")) and None)

    engine = open_()
    engine.configure_secrets({key: f"{number}" * 64 for number, key in enumerate(TOKENS)})
    engine.up(nothing)
    return open_


def kept(machine: Path) -> str:
    (only,) = machine.iterdir()
    return only.read_text()


def opens(file: Path, tools: Mapping[str, Path], phrase: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a passphrase opens the state, on a machine that knows nothing else."""
    settings = parse(SETTINGS)
    with monkeypatch.context() as patch:
        patch.setenv("PULUMI_CONFIG_PASSPHRASE", phrase)
        site = place_of(settings.state, settings, file.parent, tools).open()
        try:
            return len(remembered(Engine(site, "campus", lambda: None).resources())) == len(TOKENS)
        except EngineError as error:
            assert "passphrase" in str(error)
            return False


@pytest.mark.system
def test_a_new_passphrase_opens_the_state_and_the_old_one_does_not(
    file: Path,
    opened: Callable[[], Engine],
    machine: Path,
    tools: Mapping[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, old = opened().exported()["deployment"], kept(machine)
    assert not rotate_passphrase(file, nothing, lambda question: False)
    assert kept(machine) == old
    assert rotate_passphrase(file, nothing, lambda question: True)
    new = kept(machine)
    assert new != old
    assert opens(file, tools, new, monkeypatch)
    assert not opens(file, tools, old, monkeypatch)
    (aside,) = (file.parent / ".binder-deploy" / "backups").glob("*-campus.json")
    assert aside.stat().st_mode & 0o777 == 0o600
    assert "0" * 64 not in aside.read_text(), "as it was encrypted"
    after = opened().exported()["deployment"]
    assert after["resources"] == before["resources"], "nothing but the encryption changed"
    assert after["secrets_providers"] != before["secrets_providers"]
    engine = opened()
    from binder_deploy.stacks.ledger import recall

    recall(engine)
    assert engine.preview(nothing).changes == {"same": 2}
    assert not (file.parent / ".binder-deploy" / "rotating").exists()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", new)
    with pytest.raises(Refused, match=r"comes from \$PULUMI_CONFIG_PASSPHRASE"):
        rotate_passphrase(file, nothing, lambda question: True)


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_rotation_that_is_killed_leaves_a_state_that_opens(
    file: Path, opened: Callable[[], Engine], machine: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Before the state is written, and after that but before the new passphrase is the one."""
    old = (machine / next(machine.iterdir())).read_text()
    values = remembered(opened().resources())

    class Killed(BaseException):
        pass

    class Killing(Engine):
        def replace(self, exported: Mapping[str, Any]) -> None:
            if moment == "after":
                super().replace(exported)
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(reencrypt, "Engine", Killing)
        with pytest.raises(Killed):
            rotate_passphrase(file, nothing, lambda question: True)
    assert len(list(machine.iterdir())) == 2, "the new one is beside the old one"
    assert remembered(opened().resources()) == values
    if moment == "before":
        assert {file.read_text() for file in machine.iterdir() if file.suffix != ".next"} == {old}
    else:
        assert kept(machine) != old
        assert rotate_passphrase(file, nothing, lambda question: True), "and it can be done again"
        assert remembered(opened().resources()) == values
