"""What the rooms above get from this one: charts that lie on this disk, verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Origin = Literal["folder", "cache", "download", "stand-in"]
"""Where an archive came from; `folder` is what `--bundle` names."""


@dataclass(frozen=True)
class LocalChart:
    """A chart ready to be installed."""

    name: str
    version: str
    path: str
    """Path relative to the engine's work folder: the engine diffs it, so it must not name a machine."""
    origin: Origin
    sha256: str
    """Of the upstream archive (for the umbrella: of its content)."""
    dependencies: Mapping[str, str] = field(default_factory=dict)
    """Name → version of vendored charts, whatever their depth: `{"binderhub": …, "jupyterhub": …}`."""
    kube_versions: Mapping[str, str] = field(default_factory=dict)
    """Chart, vendored ones too → the Kubernetes versions that it accepts, in SemVer's words."""


@dataclass(frozen=True)
class ChartSet:
    """The charts of a deployment."""

    binder_service: LocalChart
    traefik: LocalChart
    cert_manager: LocalChart
    platform: Mapping[str, LocalChart] = field(default_factory=dict)
    """Name → what this kind of platform, or a section of the settings, needs besides."""

    @property
    def all(self) -> tuple[LocalChart, ...]:
        """Every one."""
        return self.binder_service, self.traefik, self.cert_manager, *self.platform.values()

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Names of the charts that are played, because upstream's could not be reached."""
        return tuple(c.name for c in self.all if c.origin == "stand-in")
