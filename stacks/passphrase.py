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


def _file(id: str) -> Path:
    return user_config_path(_SERVICE) / "passphrases" / id


def _in_keyring(id: str) -> str | None:
    try:
        return keyring.get_password(_SERVICE, id)
    except KeyringError:
        return None


def _make(deployment_id: str, file: Path) -> dict[str, str]:
    phrase = secrets.token_urlsafe(32)
    try:
        keyring.set_password(_SERVICE, deployment_id, phrase)
        kept = keyring.get_password(_SERVICE, deployment_id) == phrase
    except KeyringError:  # servers and containers have none
        kept = False
    if not kept:  # there are also keyrings that take everything and keep nothing
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(phrase)
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    return {"PULUMI_CONFIG_PASSPHRASE": phrase}
