"""What runs beside the hub's database: a copy is one moment of it, an exchange is whole or does not happen."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_deploy.ops.backup.database import copy
from binder_deploy.ops.backup.pod_exec import At, Exec, ExecFailed

pytestmark = pytest.mark.system  # each program is a process

AT = At("hub-0", "hub")
SmallDatabase = Callable[..., Path]


def ask(hub: Any, method: str, path: str, token: str, body: Any = None) -> httpx.Response:
    return httpx.request(
        method,
        f"{hub.url}hub/api/{path}",
        json=body,
        headers={"Authorization": f"token {token}"},
        timeout=60,
        trust_env=False,
    )


def users(place: Path) -> list[str]:
    with closing(sqlite3.connect(place)) as opened:
        return [name for (name,) in opened.execute("SELECT name FROM users ORDER BY name")]


def put(run: Exec, place: Path, content: bytes, *, size: int | None = None, digest: str = "", name: str = "b1") -> str:
    """Send a database to a place; where the old one is."""
    said = bytearray()
    digest = digest or hashlib.sha256(content).hexdigest()
    arguments = [str(place), str(len(content) if size is None else size), digest, name]
    run(AT, "receive", arguments, (content,), said.extend)
    return str(json.loads(said)["kept"])


def test_a_busy_hubs_database_is_copied_and_another_hub_goes_on_with_it(
    jupyterhub: Any,
    hub_database: Path,
    hub_on: Callable[[Path], AbstractContextManager[Any]],
    local: Exec,
    tmp_path: Path,
    small_database: SmallDatabase,
) -> None:
    name = f"ada-{secrets.token_hex(3)}"
    assert ask(jupyterhub, "POST", f"users/{name}", jupyterhub.token).status_code == 201
    (tmp_path / "hub").mkdir()
    place = tmp_path / "hub" / "hub.sqlite"
    small_database(place, "nobody")
    copies, stop, written = [], threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            other = f"busy-{secrets.token_hex(3)}"
            written.append(ask(jupyterhub, "POST", f"users/{other}", jupyterhub.token).status_code)

    with closing(sqlite3.connect(hub_database)) as here:
        (there_are,) = here.execute("SELECT count(*) FROM users WHERE name = ?", (name,)).fetchone()
        assert there_are == 1
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            file = tmp_path / f"copy-{number}.sqlite"
            copies.append((file, copy(local, AT, str(hub_database), file)))
    finally:
        stop.set()
        writer.join()
    assert len(written) > 3
    assert set(written) == {201}, "the hub writes on while it is copied"
    for file, (revision, size) in copies:
        assert size == file.stat().st_size
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert name in users(file)
        assert revision

    kept = put(local, place, copies[-1][0].read_bytes())
    assert users(Path(kept)) == ["nobody"]
    with hub_on(tmp_path / "hub") as restored:
        # By the token that the first hub was started with: it is in the database, too.
        answer = ask(restored, "GET", f"users/{name}", jupyterhub.token)
        assert answer.status_code == 200
        assert answer.json()["name"] == name


def test_a_hub_keeps_a_services_old_token_until_it_is_taken_back(
    jupyterhub: Any,
    hub_database: Path,
    hub_on: Callable[[Path], AbstractContextManager[Any]],
    local: Exec,
    tmp_path: Path,
) -> None:
    (tmp_path / "hub").mkdir()
    place = tmp_path / "hub" / "hub.sqlite"
    copy(local, AT, str(hub_database), place)
    with hub_on(tmp_path / "hub") as rotated:
        assert ask(rotated, "GET", "users", jupyterhub.token).status_code == 200, "else nothing is to be done"
        said = bytearray()
        with pytest.raises(ExecFailed, match="does not know the present token"):
            local(AT, "revoke", [str(place), "binder"], ((b"0" * 64),), said.extend)
        assert ask(rotated, "GET", "users", jupyterhub.token).status_code == 200
        local(AT, "revoke", [str(place), "binder"], (rotated.token.encode(),), said.extend)
        assert int(said) == 1
        assert ask(rotated, "GET", "users", jupyterhub.token).status_code == 403
        assert ask(rotated, "GET", "users", rotated.token).status_code == 200
        local(AT, "revoke", [str(place), "binder"], (rotated.token.encode(),), said.extend)
        assert said.endswith(b"\n0\n")


def test_a_database_that_is_missing_is_not_made(local: Exec, tmp_path: Path) -> None:
    with pytest.raises(ExecFailed, match="there is no database"):
        copy(local, AT, str(tmp_path / "hub.sqlite"), tmp_path / "copy")
    assert not (tmp_path / "hub.sqlite").exists()


def test_a_damaged_database_is_no_backup(local: Exec, tmp_path: Path, small_database: SmallDatabase) -> None:
    place = small_database(tmp_path / "hub.sqlite")
    content = bytearray(place.read_bytes())
    content[4096:4200] = b"\xff" * 104
    place.write_bytes(bytes(content))
    with pytest.raises(ExecFailed, match=r"damaged|cannot be read|malformed"):
        copy(local, AT, str(place), tmp_path / "copy")


def test_a_copy_that_lost_a_part_on_its_way_is_refused(
    local: Exec, tmp_path: Path, small_database: SmallDatabase
) -> None:
    place = small_database(tmp_path / "hub.sqlite")

    def lossy(at: At, script: str, arguments: Any, given: Iterable[bytes], take: Callable[[bytes], None]) -> None:
        pieces: list[bytes] = []
        local(at, script, arguments, given, pieces.append)
        for piece in pieces[:-1]:
            take(piece)

    with pytest.raises(ExecFailed, match="lost a part"):
        copy(lossy, AT, str(place), tmp_path / "copy")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"size": 1 << 20}, "bytes came"),
        ({"digest": "0" * 64}, "not what was sent"),
    ],
    ids=["cut off", "altered"],
)
def test_what_does_not_arrive_whole_changes_nothing(
    local: Exec, tmp_path: Path, small_database: SmallDatabase, spoil: dict[str, Any], why: str
) -> None:
    place = small_database(tmp_path / "hub.sqlite", "old")
    fresh = small_database(tmp_path / "fresh", "new").read_bytes()
    with pytest.raises(ExecFailed, match=why):
        put(local, place, fresh, **spoil)
    assert users(place) == ["old"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fresh", "hub.sqlite"]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b""], ids=["other", "empty"])
def test_what_is_no_hubs_database_changes_nothing(
    local: Exec, tmp_path: Path, small_database: SmallDatabase, content: bytes
) -> None:
    place = small_database(tmp_path / "hub.sqlite", "old")
    with pytest.raises(ExecFailed, match="nothing was exchanged"):
        put(local, place, content)
    assert users(place) == ["old"]


def test_a_killed_hubs_unfinished_work_does_not_spoil_the_new_database(
    local: Exec, tmp_path: Path, small_database: SmallDatabase
) -> None:
    fresh = small_database(tmp_path / "fresh", "new").read_bytes()
    folder = tmp_path / "disk"
    folder.mkdir()
    place = small_database(folder / "hub.sqlite", "old")
    hot = sqlite3.connect(place, isolation_level=None)
    hot.execute("PRAGMA cache_size=1")
    hot.execute("PRAGMA cache_spill=ON")
    hot.execute("BEGIN")
    hot.executemany("INSERT INTO users VALUES (?)", [(f"lost-{n}" * 50,) for n in range(500)])
    left = {p.name: p.read_bytes() for p in folder.iterdir()}
    hot.close()
    for file, content in left.items():  # as a kill leaves it
        (folder / file).write_bytes(content)
    assert (folder / "hub.sqlite-journal").stat().st_size > 0
    kept = Path(put(local, place, fresh, name="b7"))
    assert users(place) == ["new"]
    assert users(kept) == ["old"]
    assert sorted(p.name for p in folder.iterdir()) == ["hub.sqlite", "hub.sqlite.before-b7"]


def test_an_unreadable_old_database_is_kept_as_it_is_and_only_the_last_one(
    local: Exec, tmp_path: Path, small_database: SmallDatabase
) -> None:
    fresh = small_database(tmp_path / "fresh", "new").read_bytes()
    (tmp_path / "disk").mkdir()
    place = tmp_path / "disk" / "hub.sqlite"
    place.write_bytes(b"spoilt" * 1000)
    assert Path(put(local, place, fresh, name="b1")).read_bytes() == b"spoilt" * 1000
    kept = Path(put(local, place, fresh, name="b2"))
    assert sorted(p.name for p in place.parent.iterdir()) == [place.name, kept.name]


def test_a_first_database_needs_none_before_it(local: Exec, tmp_path: Path, small_database: SmallDatabase) -> None:
    fresh = small_database(tmp_path / "fresh", "new").read_bytes()
    assert put(local, tmp_path / "hub.sqlite", fresh) == ""
    assert users(tmp_path / "hub.sqlite") == ["new"]


def test_a_second_attempt_does_not_lose_what_was_there_before_the_first(
    local: Exec, tmp_path: Path, small_database: SmallDatabase
) -> None:
    place = small_database(tmp_path / "hub.sqlite", "old")
    fresh = small_database(tmp_path / "fresh", "new").read_bytes()
    kept = put(local, place, fresh)
    assert put(local, place, fresh) == kept
    assert (users(place), users(Path(kept))) == (["new"], ["old"])
    for count in (1, 2):
        small_database(tmp_path / "later", f"later-{count}").replace(place)  # the hub has run since
        last = put(local, place, fresh)
        assert put(local, place, fresh) == last, "cut off behind the exchange"
        assert users(Path(last)) == [f"later-{count}"]
        assert users(Path(kept)) == ["old"], "the one that nothing else has"
    assert sorted(p.name for p in tmp_path.glob("hub.sqlite*")) == ["hub.sqlite", Path(kept).name, Path(last).name]


def test_an_attempt_that_was_cut_off_before_the_exchange_is_no_first_one(
    local: Exec, tmp_path: Path, small_database: SmallDatabase
) -> None:
    place = small_database(tmp_path / "hub.sqlite", "old")
    fresh = small_database(tmp_path / "fresh", "new").read_bytes()
    (tmp_path / "hub.sqlite.before-b1").hardlink_to(place)
    assert put(local, place, fresh) == f"{place}.before-b1"
    assert users(tmp_path / "hub.sqlite.before-b1") == ["old"]
