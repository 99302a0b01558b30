"""What tests of commands and flows share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from binder_deploy.settings.maintenance import KEY
from binder_deploy.stacks import passphrase
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.events import Summary


@pytest.fixture(autouse=True)
def mended(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Deployments whose releases were mended before a part of them was updated; the mending itself is tested alone."""
    seen: list[Any] = []
    monkeypatch.setattr("binder_deploy.cli.flows.partly.unstick", lambda deployment, observe: seen.append(deployment))
    return seen


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine of a person, without a keyring; where its passphrases are."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    monkeypatch.setattr(passphrase, "user_config_path", lambda _service: tmp_path / "config")
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_ACCESS_TOKEN", "CI"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "config" / "passphrases"
    keyring.set_keyring(before)


LEDGER = {"type": "binder-deploy:stacks:Ledger", "urn": "urn:ledger", "inputs": {}}
RELEASE = {
    "type": "kubernetes:helm.sh/v3:Release",
    "urn": "urn:release",
    "parent": "urn:component",
    "custom": True,
    "inputs": {"name": "binder-service"},
    "outputs": {"version": "0.1.0-c1"},
}


@dataclass
class Driver:
    """Stands in for the engine of a deployment whose service is changed: notes what it is told to do."""

    state: list[dict[str, Any]] = field(default_factory=lambda: [LEDGER, RELEASE])
    configured: dict[str, str] = field(default_factory=dict)
    waiting: bool = False
    """Whether something else would be changed, too."""
    broken: bool = False
    updated: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        """Of maintenance."""
        return self.configured.get(KEY)

    @text.setter
    def text(self, text: str) -> None:
        self.configured[KEY] = text

    def resources(self) -> tuple[dict[str, Any], ...]:
        return tuple(self.state)

    def value(self, key: str) -> str | None:
        return self.configured.get(key)

    def configure(self, key: str, value: str) -> None:
        self.configured[key] = value

    def configure_secrets(self, values: dict[str, str]) -> None:
        self.configured |= values

    def preview(self, observe: Any, targets: tuple[str, ...]) -> Summary:
        return Summary({"update": 1} if self.waiting else {"same": 9}, 1.0)

    def up(self, observe: Any, targets: tuple[str, ...]) -> Summary:
        if self.broken:
            raise EngineError("up", [], [], "it broke")
        self.updated.append(tuple(targets))
        return Summary({"update": 2}, 1.0)


@pytest.fixture
def driver() -> Driver:
    """An engine to be told what to do; the state has the service's release and the ledger."""
    return Driver()
