"""The passphrase that encrypts a local state: in the user's keyring, or in a file outside the deployment.

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
    deployment_id: str, state_exists: bool, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Variables that give the engine the passphrase of one deployment; made and kept at the first call.

    `deployment_id` is a random id, so that two deployments of one name do not share a passphrase. Raises
    `PassphraseLost` when there is a state already, but no passphrase.
    """
    given = {name: environ[name] for name in _VARIABLES if name in environ}
    if given:
        return given
    file = user_config_path(_SERVICE) / "passphrases" / deployment_id
    if file.exists():
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    try:
        kept = keyring.get_password(_SERVICE, deployment_id)
    except KeyringError:
        kept = None
    if kept:
        return {"PULUMI_CONFIG_PASSPHRASE": kept}
    if state_exists:
        raise PassphraseLost(
            f"the state's passphrase is neither in the keyring ({_SERVICE}, {deployment_id}) nor in {file}; "
            "copy that file from the machine that ran `up` first, or set PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    return _make(deployment_id, file)


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
