"""What was done to a deployment, as its state remembers it. Needs no passphrase: what is secret is not read."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from binder_deploy.stacks.engine import PROJECT, Site
from binder_deploy.stacks.stored import StateOutOfReach
from binder_deploy.stacks.who import noted

COMMANDS = {"update": "up", "destroy": "down"}
"""The engine's word for an operation → the command that goes on with it."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the engine that wrote the state."""

    kind: str
    """The engine's word: `update`, `destroy`, `refresh`, …"""
    result: str
    """`succeeded`, `failed`, `in-progress`."""
    start: datetime
    end: datetime | None
    changes: Mapping[str, int]
    """Change → number of resources."""
    by: str
    """Who ran it; empty if that was not noted."""

    @property
    def failed(self) -> bool:
        """Whether it ended early."""
        return self.result == "failed"

    @property
    def command(self) -> str:
        """What a person runs to have it done: `up`, `down`."""
        return COMMANDS.get(self.kind, self.kind)


def operations(site: Site, name: str, at_most: int = 50) -> tuple[Operation, ...]:
    """The last operations on the deployment of that name, the newest first. Raises `StateOutOfReach`."""
    ended = subprocess.run(
        [str(site.root / "bin" / "pulumi"), "stack", "history", "--json", "--non-interactive", "--page", "1",
         "--page-size", str(at_most), "--stack", f"{site.organization}/{PROJECT}/{name}"],
        cwd=site.work,
        env={**os.environ, **site.environ},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if ended.returncode:
        raise StateOutOfReach(ended.stderr.strip().removeprefix("error: ").partition("\n")[0])
    return tuple(map(_operation, json.loads(ended.stdout or "[]") or ()))


def _operation(told: Mapping[str, Any]) -> Operation:
    end = told.get("endTime")
    return Operation(
        kind=str(told["kind"]),
        result=str(told["result"]),
        start=datetime.fromisoformat(told["startTime"]),
        end=datetime.fromisoformat(end) if end else None,
        changes=dict(told.get("resourceChanges") or {}),
        by=noted(str(told.get("message") or "")),
    )
