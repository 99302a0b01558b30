"""Settings and prices that costs are worked out of by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.cost.prices import Row

EXAMPLES = Path(__file__).parents[3] / "examples"
EKS = """
version: 1
name: eks-binder
tags: { owner: research-it }
platform: { kind: eks, account: "123456789012", region: us-east-1, zone: us-east-1a }
address: { domain: binder.example.org, dns: { kind: manual } }
tls: { kind: letsencrypt, email: a@example.org, server: staging }
"""
EXISTING = """
version: 1
name: here
tags: { owner: research-it }
platform: { kind: existing, context: kind-here }
registry: { kind: ghcr, namespace: lab, push: { username: robot, password: "env:PUSH" } }
address: { domain: binder.example.org, dns: { kind: manual } }
tls: { kind: letsencrypt, email: a@example.org, server: staging }
"""


@pytest.fixture
def gke() -> Callable[..., Settings]:
    """The example for GKE, with words replaced."""
    return lambda *changes: parse(_replaced((EXAMPLES / "gke.yaml").read_text(encoding="utf-8"), changes))


@pytest.fixture
def eks() -> Callable[..., Settings]:
    """A deployment on EKS in a region that has prices, with words replaced."""
    return lambda *changes: parse(_replaced(EKS, changes))


@pytest.fixture
def existing() -> Settings:
    """A cluster that is there already."""
    return parse(EXISTING)


@pytest.fixture
def row() -> Callable[..., Row]:
    """A row of Google's for any region, of yesterday's price list."""

    def made(item: str, usd: float, **more: Any) -> Row:
        given = {"provider": "google", "region": "any", "unit": "hour", "source": "a list", "read": date(2026, 11, 22)}
        return Row.model_validate({**given, "item": item, "usd": usd, **more})

    return made


def _replaced(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
