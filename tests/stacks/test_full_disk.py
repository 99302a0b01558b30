"""A disk without room for the state: nothing is begun, what is under way stops in time, a torn state is made whole."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pulumi
import pytest

from binder_deploy.stacks import room
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.stored import StateOutOfReach, stored
from binder_deploy.stacks.torn import Torn, file_of, is_torn, mend

NAME = "test"


class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("binder-deploy:test:Thing", name, {"fill": "x" * 500})
        self.register_outputs({})


def nothing(_event: object) -> None:
    pass


Open = Callable[..., Engine]


@pytest.fixture
def site(tmp_path: Path, tools: Mapping[str, Path]) -> Site:
    for name in ("work", "state", "home", "root/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "root" / "bin" / "pulumi").symlink_to(tools["pulumi"])
    environ = {
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": os.environ["PATH"],
    }
    return Site(tmp_path / "work", tmp_path / "root", environ)


@pytest.fixture
def open_(site: Site) -> Open:
    """An engine whose program makes these things, one after the other."""

    def opened(*names: str, each: Callable[[], None] = lambda: None) -> Engine:
        def program() -> None:
            for name in names:
                Thing(name)
                each()

        return Engine(site, NAME, program)

    return opened


def tear(file: Path) -> None:
    """Cut a state short in the middle of its last entry, as a full disk does."""
    text = file.read_text()
    file.write_text(text[: text.rindex('{"urn":') + 12])


@pytest.mark.system
def test_without_room_nothing_is_begun_and_the_state_stays(
    open_: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_("one")
    with monkeypatch.context() as patch:
        patch.setattr(room, "free_at", lambda _folder: room.ROOM - 1)
        for operation in (engine.up, engine.destroy):
            with pytest.raises(EngineError, match="nothing was changed: make room"):
                operation(nothing)
        with pytest.raises(EngineError, match="make room"):
            engine.replace(engine.exported())
    assert engine.resources() == ()

    # It fills up in the middle: what is under way stops, in order, and the reserve is there for its last words.
    begun = time.monotonic()
    reserve = tmp_path / "state" / ".room"
    kept: list[int] = []

    def fills() -> None:
        kept.append(reserve.stat().st_size if reserve.exists() else 0)
        monkeypatch.setattr(room, "free_at", lambda _folder: room.LOW - 1)
        while reserve.exists() and time.monotonic() < begun + 30:
            time.sleep(0.02)

    engine = open_("one", "two", "three", each=fills)
    with pytest.raises(EngineError, match="stopped in time, and what was done so far is recorded; make room"):
        engine.up(nothing)
    assert kept[0] == room.RESERVE
    assert not reserve.exists()
    monkeypatch.undo()
    assert not is_torn(tmp_path / "state", NAME)
    assert sum(open_("one", "two", "three").up(nothing).changes.values()) == 4


@pytest.mark.system
def test_a_state_that_was_cut_short_is_put_together_again(open_: Open, site: Site, tmp_path: Path) -> None:
    state = tmp_path / "state"
    open_("one", "two").up(nothing)
    open_("one", "two", "three", "four").up(nothing)
    # As a full disk leaves it: of the operation that it hit, there is no whole copy.
    newest, *_ = sorted((state / ".pulumi" / "backups").rglob(f"{NAME}.*.json"), reverse=True)
    newest.unlink()
    file = file_of(state, NAME)
    for torn in (file, file.with_name(f"{file.name}.bak")):
        tear(torn)
    with pytest.raises(StateOutOfReach, match="unexpected end"):
        stored(site, NAME)
    mended = mend(state, NAME, site.work)
    assert mended
    assert (mended.salvaged, mended.added) == (4, 0)  # the stack itself is one
    assert "most likely by a full disk" in str(mended)
    assert mended.aside.read_text().endswith('{"urn":"urn:'), "the torn one is kept"
    engine = open_("one", "two", "three", "four")
    # Three of the four; the engine was told of them in no order that matters.
    assert len({r["urn"].rpartition("::")[2] for r in engine.resources()} & {"one", "two", "three", "four"}) == 3
    assert engine.up(nothing).changes == {"same": 4, "create": 1}
    assert mend(state, NAME, site.work) is None, "it is whole"


# Without an engine


def entry(name: str, **more: object) -> dict[str, object]:
    return {"urn": name, "custom": True, **more}


def whole(*entries: dict[str, object], salt: str = "a") -> str:
    latest = {"manifest": {}, "secrets_providers": {"salt": salt}, "resources": entries, "metadata": {}}
    return json.dumps({"version": 3, "checkpoint": {"stack": NAME, "latest": latest}}, separators=(",", ":"))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Lays out a local state, and the whole ones of earlier operations, oldest first."""

    def lay(now: str, *earlier: str, bak: str = "") -> Path:
        file = file_of(tmp_path, NAME)
        file.parent.mkdir(parents=True)
        file.write_text(now)
        file.with_name(f"{file.name}.bak").write_text(bak)
        file.with_name(f"{file.name}.attrs").write_text("{}")
        backups = tmp_path / ".pulumi" / "backups" / "binder-deploy" / NAME
        backups.mkdir(parents=True)
        for number, text in enumerate(earlier):
            (backups / f"{NAME}.10{number}.json").write_text(text)
        return file

    yield lay


def names(file: Path) -> list[str]:
    return [one["urn"] for one in json.loads(file.read_text())["checkpoint"]["latest"]["resources"]]


A, B, C, D = (entry(name) for name in "abcd")


@pytest.mark.parametrize(
    ("now", "earlier", "bak", "found"),
    [
        pytest.param(whole(A, C, B)[:-25], [whole(A), whole(A, B)], "", "acb", id="what was made since, then the rest"),
        pytest.param("", [whole(A), whole(A, B)], "", "ab", id="empty: the newest that is whole"),
        pytest.param("", [whole(A), whole(A, B)[:-25]], "", "a", id="one that is torn, too, is passed over"),
        pytest.param("", [whole(A)], whole(A, B, C)[:-25], "ab", id="more is left of the copy than of itself"),
        pytest.param(whole(A, B, C)[:-25], [], "", "ab", id="the first operation of all"),
        pytest.param(whole(A, C, salt="b")[:-25], [whole(A, B)], "", "ab", id="other secrets are not mixed in"),
        pytest.param("\0" * 300, [whole(A, B)], "", "ab", id="room that was never written"),
        pytest.param(whole(A, entry("b", x=1), C)[:-25], [whole(A, B, D)], "", "abd", id="the newer of one entry"),
    ],
)
def test_what_is_left_of_a_torn_state(
    kept: Callable[..., Path], tmp_path: Path, now: str, earlier: list[str], bak: str, found: str
) -> None:
    file = kept(now, *earlier, bak=bak)
    assert mend(tmp_path, NAME, tmp_path)
    assert names(file) == list(found)
    assert not file.with_name(f"{file.name}.attrs").exists(), "it had the torn one's digest"


def test_a_whole_state_one_in_use_and_a_lost_one_are_left_alone(
    kept: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mend(tmp_path, NAME, tmp_path) is None, "there is none"
    file = kept("{", bak="{")
    with pytest.raises(Torn, match="binder-deploy backup --list"):
        mend(tmp_path, NAME, tmp_path)
    lock = tmp_path / ".pulumi" / "locks" / "it.json"
    lock.parent.mkdir()
    about = {"pid": os.getpid(), "username": "a", "hostname": os.uname().nodename, "timestamp": "t"}
    lock.write_text(json.dumps(about))
    assert mend(tmp_path, NAME, tmp_path) is None, "that run writes it again"
    lock.unlink()
    monkeypatch.setattr(room, "free_at", lambda _folder: 0)
    with pytest.raises(Torn, match=r"yet: .* make room"):
        mend(tmp_path, NAME, tmp_path)
    assert file.read_text() == "{"
    file.write_text(whole(A))
    assert mend(tmp_path, NAME, tmp_path) is None
