"""The archive is written only if no known secret is in it, whatever its shape, and can be read by its owner alone."""

from __future__ import annotations

import base64
import gzip
import stat
from pathlib import Path

import pytest

from binder_deploy.ops.support.archive import NotAnArchive, SecretFound, leak, pack, read, write

SECRET = "correct-horse-battery-staple"


def test_it_is_written_at_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    target = tmp_path / "support.tar.gz"
    size = write(target, {"s/a.txt": "ä", "s/b/c.json": "{}"}, [SECRET], at=0)
    assert target.stat().st_size == size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert read(target) == {"a.txt": "ä", "b/c.json": "{}"}
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "content",
    [
        f"x{SECRET}x",
        base64.b64encode(f"ab{SECRET}cd".encode()).decode(),
        "token_" + base64.urlsafe_b64encode(f"{{{SECRET}}}".encode()).decode(),
        SECRET.encode().hex(),
    ],
    ids=["plain", "base64", "base64 after a word", "hexadecimal"],
)
def test_a_secret_that_got_through_keeps_it_from_being_written(tmp_path: Path, content: str) -> None:
    target = tmp_path / "support.tar.gz"
    target.write_bytes(b"the one before")
    with pytest.raises(SecretFound) as caught:
        write(target, {"s/fine.txt": "fine", "s/logs/hub.log": content}, [SECRET], at=0)
    assert caught.value.member == "s/logs/hub.log"
    assert SECRET not in str(caught.value)
    assert target.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_secret_in_a_name_is_found_too() -> None:
    assert leak(pack({f"s/{SECRET}.log": ""}, 0), (SECRET,)) is not None
    assert leak(pack({"s/a.log": ""}, 0), (SECRET,)) is None


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04", gzip.compress(b"no tar"), pack({"s/a": "x" * 9999}, 0)[:60]],
    ids=["a zip", "no tar", "cut off"],
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        read(data)
