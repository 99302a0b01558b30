"""What tests of commands and flows share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def mended(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Deployments whose releases were mended before a part of them was updated; the mending itself is tested alone."""
    seen: list[Any] = []
    monkeypatch.setattr("binder_deploy.cli.flows.partly.unstick", lambda deployment, observe: seen.append(deployment))
    return seen
