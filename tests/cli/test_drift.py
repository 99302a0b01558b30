"""`binder-deploy drift` names resources and properties, for people and machines, and has an exit code if asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.stacks.drift import Difference

FOUND = (
    Difference("urn:1", "gcp:compute/address:Address", "ip", "changed", ("labels.owner", "networkTier")),
    Difference("urn:2", "gcp:compute/network:Network", "net", "gone"),
)


@pytest.mark.parametrize(("found", "code"), [(FOUND, exits.CHANGES), ((), exits.DONE)])
def test_the_exit_code_tells_only_if_asked(
    found: tuple[Difference, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binder_deploy.cli.flows.drift.drift", lambda file, observe, record: found)
    assert run(["drift"]) == exits.DONE
    assert run(["drift", "--exit-code"]) == code


def test_each_difference_is_told_with_what_puts_it_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_deploy.cli.flows.drift.drift", lambda file, observe, record: FOUND)
    assert run(["drift", "--json"]) == exits.DONE
    out, err = capsys.readouterr()
    for words in ("gcp Address ip was changed", "labels.owner", "gcp Network net is gone", "drift --record"):
        assert words in err
    data = json.loads(out)
    assert data["schema"] == "binder-deploy/drift/v1"
    assert data["drift"] is True
    assert data["differences"][0]["paths"] == ["labels.owner", "networkTier"]
    assert run(["drift", "--record"]) == exits.DONE
    assert "The state has taken note" in capsys.readouterr().err


def test_what_up_may_not_overwrite_is_for_whoever_wrote_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled = Difference("urn:3", "kubernetes:core/v1:Service", "entrypoint", "changed", ("metadata.labels.owner",))
    release = Difference("urn:4", "kubernetes:helm.sh/v3:Release", "traefik", "changed", ("values.x",))
    assert [d.by_hand for d in (*FOUND, labelled, release)] == [False, False, True, False]
    monkeypatch.setattr("binder_deploy.cli.flows.drift.drift", lambda file, observe, record: (labelled,))
    assert run(["drift"]) == exits.DONE
    said = capsys.readouterr().err
    assert "kubectl edit" in said
    assert "--record" not in said


def test_a_file_that_is_not_there_is_exit_2(tmp_path: Path) -> None:
    assert run(["drift", "--file", str(tmp_path / "binder.yaml")]) == exits.USAGE
