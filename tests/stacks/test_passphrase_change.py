"""A passphrase is changed in steps, and after each of them what opens the state is known."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from binder_deploy.stacks import passphrase
from binder_deploy.stacks.passphrase import PassphraseLost, passphrase_environ, propose, settle

ID = "campus-1a2b3c4d"


class Memory(KeyringBackend):
    """A keyring that keeps what it is given."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


@pytest.fixture(params=["keyring", "file"])
def ring(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringBackend]:
    """A machine with a keyring, and one without."""
    before = keyring.get_keyring()
    ring = Memory() if request.param == "keyring" else NoKeyring()
    keyring.set_keyring(ring)
    monkeypatch.setattr(passphrase, "user_config_path", lambda _service: tmp_path)
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    yield ring
    keyring.set_keyring(before)


def kept() -> str:
    given = passphrase_environ(ID, state_exists=True)
    file = given.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    return Path(file).read_text() if file else given["PULUMI_CONFIG_PASSPHRASE"]


@pytest.mark.usefixtures("ring")
def test_until_the_state_has_the_new_salt_the_old_passphrase_is_the_one() -> None:
    passphrase_environ(ID, state_exists=False)
    old = kept()
    settle(ID, "salt-1")
    propose(ID, "new", "salt-2")
    assert kept() == old
    settle(ID, "salt-1")
    assert kept() == old
    settle(ID, "salt-2")
    assert kept() == "new", "the proposal survived a look at the state before it was written"
    settle(ID, "salt-2")
    assert kept() == "new"


def test_nothing_is_left_of_the_way(ring: KeyringBackend, tmp_path: Path) -> None:
    passphrase_environ(ID, state_exists=False)
    propose(ID, "new", "salt-2")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    if isinstance(ring, Memory):
        assert not any("new" in file.read_text() for file in files), "it is in the keyring alone"
    settle(ID, "salt-2")
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ([] if isinstance(ring, Memory) else [ID])
    if isinstance(ring, Memory):
        assert ring.kept == {ID: "new"}


@pytest.mark.usefixtures("ring")
def test_a_later_proposal_takes_the_place_of_one_that_came_to_nothing() -> None:
    passphrase_environ(ID, state_exists=False)
    propose(ID, "first", "salt-2")
    propose(ID, "second", "salt-3")
    settle(ID, "salt-3")
    assert kept() == "second"


@pytest.mark.parametrize("ring", ["keyring"], indirect=True)
def test_a_keyring_that_lost_the_new_one_is_told(ring: Memory) -> None:
    passphrase_environ(ID, state_exists=False)
    propose(ID, "new", "salt-2")
    del ring.kept[f"{ID}.next"]
    with pytest.raises(PassphraseLost, match=f"{ID}.next"):
        settle(ID, "salt-2")


@pytest.mark.parametrize("ring", ["keyring"], indirect=True)
def test_a_keyring_that_is_shut_meanwhile_costs_nothing(ring: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    passphrase_environ(ID, state_exists=False)

    def shut(service: str, username: str, password: str) -> None:
        raise KeyringLocked

    monkeypatch.setattr(ring, "set_password", shut)
    propose(ID, "new", "salt-2")
    settle(ID, "salt-2")
    assert kept() == "new"
