"""What a canary found: one repository, launched twice through the public address."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.launch.model import Proof
from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class Canary:
    """Two launches of one repository, one after the other."""

    repository: str
    first: Proof
    again: Proof | None
    """None when the first did not come to `ready`."""


CANARY: Key[Canary] = Key("a launch", beyond="a running pod")
