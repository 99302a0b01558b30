"""The passphrase that encrypts a state: in the user's keyring, or in a file outside the deployment.

It must not lie in the deployment's folder: that is committed and shared, and so is the encrypted state.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import keyring
from keyring.errors import KeyringError
from platformdirs import user_config_path

_SERVICE = "binder-deploy"
_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


class PassphraseLost(Exception):
    """A state exists, but its passphrase is nowhere."""


def passphrase_environ(
    id: str, state_exists: bool, environ: Mapping[str, str] = os.environ, *, where: str = ""
) -> dict[str, str]:
    """Variables that give the engine a state's passphrase; made and kept at the first call.

    `id`: what it is kept under; `where`: the state's place, for people. Raises `PassphraseLost` when there is a state
    already, but no passphrase.
    """
    if given := given_passphrase(environ):
        return given
    file = _file(id)
    if file.exists():
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    if kept := _in_keyring(id):
        return {"PULUMI_CONFIG_PASSPHRASE": kept}
    if state_exists:
        raise PassphraseLost(
            f"the passphrase of the state{f' in {where}' if where else ''} is neither in the keyring ({_SERVICE}, "
            f"{id}) nor in {file}; copy that file from the machine that ran `up` first (or ask its keyring: "
            f"`keyring get {_SERVICE} {id}`), or set PULUMI_CONFIG_PASSPHRASE_FILE; if it is lost for good: "
            "`binder-deploy state recover`"
        )
    return _make(id, file)


def given_passphrase(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that somebody set for it."""
    return {name: environ[name] for name in _VARIABLES if name in environ}


def passphrase_place(id: str, environ: Mapping[str, str] = os.environ) -> str:
    """Where a passphrase is kept, for people; never the passphrase."""
    if given := given_passphrase(environ):
        return f"from ${next(iter(given))}"
    if _file(id).exists():
        return f"in {_file(id)}"
    return f"in the keyring ({_SERVICE}, {id})" if _in_keyring(id) else "nowhere on this machine"


def fresh() -> str:
    """A new passphrase."""
    return secrets.token_urlsafe(32)


def propose(id: str, phrase: str, salt: str) -> None:
    """Keep a passphrase beside the present one, before the state is encrypted by it: `salt` is what the state will
    have then. Whatever happens afterwards, `settle` finds out which of the two it is."""
    beside = not _file(id).exists() and _in_keyring(id) is not None and _to_keyring(f"{id}.next", phrase)
    _write(_next(id), f"{salt}\n{'' if beside else phrase}")


def settle(id: str, salt: str) -> None:
    """Make a proposed passphrase the one, if the state has its salt. In steps that can be repeated.

    A proposal that the state does not have is left: it may have it in a moment, by another process. Raises
    `PassphraseLost` if the state has its salt, but the keyring has lost it.
    """
    try:
        proposed, _, phrase = _next(id).read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return
    if proposed != salt:
        return
    phrase = phrase or _in_keyring(f"{id}.next") or ""
    if not phrase:
        raise PassphraseLost(f"the state has a new passphrase, but the keyring ({_SERVICE}, {id}.next) is silent")
    if _file(id).exists() or _in_keyring(id) is None or not _to_keyring(id, phrase):
        _write(_file(id), phrase)
    if _in_keyring(f"{id}.next"):
        keyring.delete_password(_SERVICE, f"{id}.next")
    _next(id).unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    """For the owner alone, in one step."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())  # the state is encrypted by it next, maybe on another machine's disk
    draft.replace(file)


def _next(id: str) -> Path:
    file = _file(id)
    return file.with_name(f"{file.name}.next")


def _file(id: str) -> Path:
    return user_config_path(_SERVICE) / "passphrases" / id


def _in_keyring(id: str) -> str | None:
    try:
        return keyring.get_password(_SERVICE, id)
    except KeyringError:
        return None


def _to_keyring(id: str, phrase: str) -> bool:
    """Whether it is kept there: servers and containers have no keyring, and there are also some that take everything
    and keep nothing."""
    try:
        keyring.set_password(_SERVICE, id, phrase)
        return keyring.get_password(_SERVICE, id) == phrase
    except KeyringError:
        return False


def _make(deployment_id: str, file: Path) -> dict[str, str]:
    phrase = fresh()
    if not _to_keyring(deployment_id, phrase):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(phrase)
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    return {"PULUMI_CONFIG_PASSPHRASE": phrase}
