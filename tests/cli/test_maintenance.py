"""Closing a Binder asks first, changes the service alone, is no upgrade in passing, and takes no text for granted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows import maintenance
from binder_deploy.cli.flows.errors import Refused, Stopped
from binder_deploy.cli.flows.maintenance import maintain
from binder_deploy.cli.flows.real import Request
from binder_deploy.settings.load import parse
from binder_deploy.settings.maintenance import USUAL

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
OTHER = {"type": "kubernetes:helm.sh/v3:Release", "urn": "urn:traefik", "inputs": {"name": "traefik"}}


@pytest.fixture
def engine(driver: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    driver.state.insert(1, OTHER)
    charts = SimpleNamespace(binder_service=SimpleNamespace(version="0.1.0-c1"))
    deployment = SimpleNamespace(engine=driver, charts=charts, settings=parse(GKE), simulated=False)
    monkeypatch.setattr(maintenance, "opened_for_checks", lambda request, observe: deployment)
    return driver


def asked(answer: bool = True) -> tuple[list[str], Callable[[str], bool]]:
    questions: list[str] = []
    return questions, lambda question: questions.append(question) or answer


def close(text: str = "Back at ten", answer: bool = True) -> tuple[bool, list[str], list[str]]:
    questions, confirm = asked(answer)
    said: list[str] = []
    done = maintain(Request(Path("binder.yaml")), text, lambda e: said.append(getattr(e, "text", "")), confirm)
    return done, questions, [text for text in said if text]


def test_the_service_and_the_states_note_are_updated_and_nothing_else(engine: Any, mended: list[Any]) -> None:
    done, (question,), _ = close()
    assert done
    assert len(mended) == 1, "a release that a kill left pending would refuse the update"
    assert engine.text == "Back at ten"
    assert engine.updated == [("urn:ledger", "urn:component", "urn:release")]
    assert "nobody can launch" in question
    assert "goes along" not in question
    assert close("")[0]
    assert engine.text == ""


def test_a_no_changes_nothing(engine: Any) -> None:
    done, _, _ = close(answer=False)
    assert not done
    assert (engine.text, engine.updated) == (None, [])


def test_what_is_so_already_needs_no_question(engine: Any) -> None:
    engine.text = "Back at ten"
    done, questions, said = close()
    assert done
    assert questions == []
    assert engine.updated == []
    assert "maintenance is on" in said[0]


def test_what_was_noted_but_did_not_arrive_is_carried_out(engine: Any) -> None:
    engine.text, engine.waiting = "Back at ten", True
    assert close()[0]
    assert engine.updated


def test_other_changes_that_come_along_are_told_before(engine: Any) -> None:
    engine.waiting = True
    _, (question,), _ = close()
    assert "What else was changed in binder.yaml for the service goes along" in question


def test_it_is_no_upgrade_in_passing(engine: Any) -> None:
    ledger, other, release = engine.state
    engine.state = [ledger, {**release, "outputs": {"version": "0.1.0-older"}}]
    with pytest.raises(Refused, match="`binder-deploy up` first"):
        close()
    engine.state = [ledger, other]
    with pytest.raises(Refused, match="nothing is deployed"):
        close()
    assert engine.updated == []


def test_an_update_that_fails_says_what_goes_on(engine: Any) -> None:
    engine.broken = True
    with pytest.raises(Stopped) as caught:
        close()
    assert "maintenance on" in caught.value.advice.go_on


def test_the_commands_come_to_the_same(
    engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "binder.yaml").write_text(GKE)
    where = ["--yes", "--file", str(tmp_path / "binder.yaml")]
    assert run(["maintenance", "on", *where]) == exits.DONE
    assert engine.text == USUAL
    assert run(["maintenance", "on", "--message", " Back at ten ", *where]) == exits.DONE
    assert engine.text == "Back at ten"
    assert run(["maintenance", "on", "--message", " ", *where]) == exits.USAGE
    assert run(["maintenance", "off", *where]) == exits.DONE
    assert engine.text == ""
    assert "people can launch" in capsys.readouterr().err
    logs = {log.name.partition("-maintenance-")[2] for log in (tmp_path / ".binder-deploy" / "runs").iterdir()}
    assert logs == {"on.log", "off.log"}, "who closed it is in the history"
    monkeypatch.setattr("binder_deploy.cli.commands.asking.confirm", lambda question, yes: False)
    assert run(["maintenance", "on", *where]) == exits.FAILED
