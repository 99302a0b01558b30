"""What is at hand when checks are asked; each family of probes takes from it what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.charts.model import ChartSet
from binder_deploy.settings.leftovers import Sweeper
from binder_deploy.settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class Given:
    """A deployment as far as it exists. What is None cannot be asked, and its checks say so."""

    settings: Settings
    folder: Path
    """The deployment's: secret references that name files are relative to it."""
    simulated: bool = False
    """A rehearsal: facts whose key says `played` count as simulated, those `beyond` it are not asked."""
    tools: Mapping[str, str | None] | None = None
    """Pinned tool → where it is."""
    charts: ChartSet | None = None
    """What is installed."""
    charts_in: Path | None = None
    """The folder that the charts' paths are relative to."""
    kubeconfig: Path | None = None
    """Of the cluster, once there is one."""
    address: str | None = None
    """The reserved IP address."""
    leftovers: Sweeper | None = None
    """Looks for them when called."""
