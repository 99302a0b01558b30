"""That an upgrade is under way is known on every machine that shares the state; a silent place costs no upgrade."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from binder_deploy.cli.flows import upgrade_mark
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.stacks import notes
from binder_deploy.stacks.stored import StateOutOfReach

MARK = Mark(before="A", after="B", step="rollout", backup="b1", ill=("BD-TLS-002",), closed="back at noon")


class Place:
    """Where notes lie that several machines share."""

    def __init__(self) -> None:
        self.text, self.limit, self.silent = "", None, False

    def read(self, _work: Path, _key: str) -> str:
        if self.silent:
            raise StateOutOfReach("no answer")
        return self.text

    def write(self, work: Path, key: str, text: str) -> None:
        self.read(work, key)
        self.text = text


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place()
    monkeypatch.setattr(notes, "shared", lambda _work: True)
    monkeypatch.setattr(notes, "limit", lambda _work: made.limit)
    monkeypatch.setattr(notes, "read", made.read)
    monkeypatch.setattr(notes, "write", made.write)
    return made


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders; the tests say whose turn it is by `socket.gethostname`."""
    for name in ("anna", "ben"):
        (tmp_path / name / ".binder-deploy").mkdir(parents=True)
    monkeypatch.setattr(upgrade_mark.socket, "gethostname", lambda: "anna")
    return tmp_path / "anna", tmp_path / "ben"


def test_another_machine_is_told_where_it_was_begun_and_may_go_on(
    place: Place, machines: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = machines
    begun = upgrade_mark.write(anna, MARK)
    assert "on anna" not in begun.words()
    monkeypatch.setattr(upgrade_mark.socket, "gethostname", lambda: "ben")
    assert upgrade_mark.meet(ben) == begun
    with pytest.raises(Refused, match="begun on anna, where its backup lies, and may be under way there"):
        upgrade_mark.refuse_halfway(ben)
    upgrade_mark.step(ben, begun, "checks")
    assert json.loads(place.text)["at"] == "anna", "the backup has not moved"
    upgrade_mark.remove(ben)
    assert upgrade_mark.read(anna) is None


def test_one_that_another_machine_has_just_begun_is_not_swept_away(
    place: Place, machines: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = machines
    upgrade_mark.write(anna, replace(MARK, step="backup"))
    monkeypatch.setattr(upgrade_mark.socket, "gethostname", lambda: "ben")
    with pytest.raises(Refused):
        upgrade_mark.refuse_halfway(ben)
    monkeypatch.setattr(upgrade_mark.socket, "gethostname", lambda: "anna")
    upgrade_mark.refuse_halfway(anna)
    assert place.text == ""


def test_a_silent_place_refuses_a_beginning_and_nothing_later(place: Place, machines: tuple[Path, Path]) -> None:
    anna, _ = machines
    place.silent = True
    with pytest.raises(StateOutOfReach):
        upgrade_mark.write(anna, MARK)
    assert upgrade_mark.read(anna) is None
    place.silent = False
    mark = upgrade_mark.write(anna, MARK)
    place.silent = True
    mark = upgrade_mark.step(anna, mark, "checks")
    assert upgrade_mark.read(anna) == mark
    with pytest.raises(StateOutOfReach):
        upgrade_mark.remove(anna)
    assert upgrade_mark.read(anna) == mark, "others would still see it"


def test_what_was_under_way_here_before_the_state_was_shared_is_told_there(
    place: Place, machines: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = machines
    with monkeypatch.context() as alone:
        alone.setattr(notes, "shared", lambda _work: False)
        mark = upgrade_mark.write(anna, MARK)
    assert upgrade_mark.meet(anna) is None
    assert upgrade_mark.meet(ben) == mark


@pytest.mark.parametrize("closed", ["back at noon", "x" * 500])
def test_a_short_note_loses_what_matters_least_and_nothing_here(
    place: Place, machines: tuple[Path, Path], closed: str
) -> None:
    anna, ben = machines
    place.limit = 200
    mark = upgrade_mark.write(anna, replace(MARK, closed=closed, ill=tuple(f"BD-TLS-{n:03}" for n in range(20))))
    assert len(place.text) <= 200
    assert upgrade_mark.read(anna) == mark
    there = upgrade_mark.read(ben)
    assert there
    assert closed.startswith(there.closed)
    assert there.closed
    assert replace(there, ill=(), closed="") == replace(mark, ill=(), closed="")
