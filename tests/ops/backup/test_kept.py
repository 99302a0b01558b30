"""A backup is whole or not there, says what is in it, and the last one with a database is never removed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_deploy.ops.backup import kept as shelf
from binder_deploy.ops.backup.kept import Damaged, Kept, NoSuchBackup, NotWritten

BEGIN = datetime(2026, 11, 23, 19, 45, tzinfo=UTC)
Make = Callable[..., Kept]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a backup of a minute after the beginning."""

    def made(minute: int = 0, reason: str = "by hand", **members: str) -> Kept:
        at = BEGIN + timedelta(minutes=minute)
        with shelf.drafted(tmp_path, reason, at) as draft:
            for name, text in members.items():
                shelf.private(draft / name.replace("_", "."), text)
            place = shelf.place_of(tmp_path, reason, at)
            told = Kept(
                folder=place,
                reason=reason,
                made=at,
                by="ada@campus",
                bundle="2026.11",
                missing={"hub.sqlite": "no hub"},
            )
            return shelf.finish(draft, told)

    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_written_is_told_again(make: Make, tmp_path: Path) -> None:
    made = make(checkpoint_json="{}", binder_yaml="version: 1\n")
    assert made.name == "20261123T194500Z-by-hand"
    assert shelf.kept(tmp_path) == (made,)
    assert (made.made, made.reason, made.by, made.bundle) == (BEGIN, "by hand", "ada@campus", "2026.11")
    assert set(made.members) == {"checkpoint.json", "binder.yaml"}
    assert not made.has_database
    assert made.missing == {"hub.sqlite": "no hub"}
    assert made.verified("checkpoint.json").read_text() == "{}"
    with pytest.raises(Damaged, match=r"no hub\.sqlite: no hub"):
        made.verified("hub.sqlite")


def test_nobody_else_can_read_it(make: Make, tmp_path: Path) -> None:
    made = make(hub_sqlite="rows")
    assert mode(made.folder) == 0o700
    assert mode(tmp_path / "backups") == 0o700
    assert {mode(file) for file in made.folder.iterdir()} == {0o600}
    assert made.has_database


def test_the_newest_is_first_and_two_of_one_second_are_both_kept(make: Make, tmp_path: Path) -> None:
    made = [make(0), make(0), make(5), make(3)]
    assert len({one.name for one in made}) == 4
    assert [one.made.minute for one in shelf.kept(tmp_path)] == [50, 48, 45, 45]


@pytest.mark.parametrize("member", ["hub.sqlite", "checkpoint.json"])
def test_a_backup_that_was_changed_is_refused_whatever_member_is_wanted(make: Make, member: str) -> None:
    made = make(hub_sqlite="rows", checkpoint_json="{}")
    with (made.folder / member).open("a") as stream:
        stream.write(" ")
    with pytest.raises(Damaged, match=f"{member} is not what was written"):
        made.verified("hub.sqlite")
    (made.folder / member).unlink()
    with pytest.raises(Damaged):
        made.verified("hub.sqlite")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"schema": "another/v1"}',
        json.dumps({"schema": shelf.SCHEMA, "reason": "x", "made": "2026-11-23T00:00:00+00:00", "by": "a", "bundle": "",
                    "versions": {}, "members": {"../../binder.yaml": "0"}, "missing": {}}),
    ],
    ids=["empty", "nothing", "a list", "another's", "a member outside"],
)  # fmt: skip
def test_what_is_no_backup_is_none(make: Make, tmp_path: Path, text: str) -> None:
    made = make()
    other = tmp_path / "backups" / "20270101T000000Z-other"
    other.mkdir()
    (other / "manifest.json").write_text(text)
    (tmp_path / "backups" / "20261123T000000.000000-campus.json").write_text("{}")  # what `state move` lays aside
    assert shelf.kept(tmp_path) == (made,)


def test_a_backup_that_ends_early_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), shelf.drafted(tmp_path, "by hand", BEGIN) as draft:
        shelf.private(draft / "binder.yaml", "half")
        raise RuntimeError
    assert list((tmp_path / "backups").iterdir()) == []


def test_what_a_killed_backup_left_goes_with_the_next_and_a_running_ones_stays(make: Make, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    dead, alive = backups / ".draft-999999999-x", backups / f".draft-{os.getppid()}-x"
    for left in (dead, alive):
        left.mkdir(parents=True)
        (left / "manifest.json").write_text("{}")
    assert shelf.kept(tmp_path) == ()
    make()
    assert not dead.exists()
    assert alive.exists()


def test_a_full_disk_is_told_as_that(tmp_path: Path) -> None:
    told = pytest.raises(NotWritten, match=f"cannot be written below {tmp_path}/backups: No space")
    with told, shelf.drafted(tmp_path, "by hand", BEGIN):
        raise OSError(28, "No space left on device")


def test_the_newest_stay_and_the_last_one_with_a_database(make: Make, tmp_path: Path) -> None:
    oldest = make(0, hub_sqlite="rows")
    wanted = make(1)
    for minute in range(2, 8):
        make(minute)
    told: list[Kept] = []
    shelf.prune(tmp_path, 3, told.append, spare=wanted)
    left = [one.made.minute - 45 for one in shelf.kept(tmp_path)]
    assert left == [7, 6, 5, 1, 0]
    assert [one.made.minute - 45 for one in told] == [4, 3, 2]
    assert sorted(p.name[0] for p in (tmp_path / "backups").iterdir()) == ["2"] * 5, "nothing half removed"
    newer = make(9, hub_sqlite="rows")
    shelf.prune(tmp_path, 1, told.append)
    assert shelf.kept(tmp_path) == (newer,)
    assert not oldest.folder.exists()


def test_the_way_back_from_the_last_upgrade_stays_however_many_came_after(make: Make, tmp_path: Path) -> None:
    make(0, shelf.UPGRADE)
    back = make(1, shelf.UPGRADE)
    last = [make(minute) for minute in (2, 3)][-1]
    shelf.prune(tmp_path, 1)
    assert shelf.kept(tmp_path) == (last, back)


def test_one_is_found_by_its_name_and_the_latest_with_a_database(make: Make, tmp_path: Path) -> None:
    with pytest.raises(NoSuchBackup, match="there is none: `binder-deploy backup`"):
        shelf.named(tmp_path, "latest")
    first, last = make(0, hub_sqlite="rows"), make(1)
    assert shelf.named(tmp_path, last.name) == last
    assert shelf.named(tmp_path, "latest") == first
    with pytest.raises(NoSuchBackup, match=f"there are: {last.name}, {first.name}"):
        shelf.named(tmp_path, "yesterday")
