"""`session.json`: what the programs of a rehearsal must know of it, written once when it is opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

NAME = "session.json"
DEFAULT_PROFILES = ("binder-service-user-scheduler",)
"""What zero-to-jupyterhub calls its scheduler: RELEASE-user-scheduler."""


@dataclass(frozen=True)
class Record:
    """A rehearsal, as every one of its programs sees it."""

    id: str
    folder: Path
    pid: int
    """The process that opened it. Whether it lives is told by the lock, never by this number, which is reused."""
    started: str
    """UTC, ISO 8601."""
    binaries: Mapping[str, Path]
    """Program (`etcd`, `kube-apiserver`, `pulumi-resource-kubernetes`, …) → its file."""
    cloud: Path
    """The cloud file."""
    profiles: tuple[str, ...] = DEFAULT_PROFILES
    """Names that the scheduler answers to besides its own."""
    project: Mapping[str, str] = field(default_factory=dict)
    """What the simulated cloud must know of the deployment: `project`, `region`, `zone`, …"""

    def save(self) -> None:
        """Write `session.json` into the rehearsal's folder."""
        content = {
            "id": self.id,
            "pid": self.pid,
            "started": self.started,
            "binaries": {name: str(path) for name, path in self.binaries.items()},
            "cloud": str(self.cloud),
            "profiles": list(self.profiles),
            "project": dict(self.project),
        }
        (self.folder / NAME).write_text(json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read it back. Raises `OSError` or `ValueError` if it is missing or torn."""
        content = json.loads((folder / NAME).read_text())
        return cls(
            id=content["id"],
            folder=folder,
            pid=content["pid"],
            started=content["started"],
            binaries={name: Path(path) for name, path in content["binaries"].items()},
            cloud=Path(content["cloud"]),
            profiles=tuple(content["profiles"]),
            project=content["project"],
        )
