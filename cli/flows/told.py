"""What an upgrade changes, as values: screens know it without what it takes to find out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binder_deploy.charts.compare import Move
    from binder_deploy.checks.kubernetes_support import Support


@dataclass(frozen=True, kw_only=True)
class Kubernetes:
    """What runs."""

    server: str
    """Of the control plane: `v1.34.1`."""
    pools: Mapping[str, str]
    """Pool → version of its oldest node. A pool without nodes is not in it."""
    wanted: str
    """What the settings say of it, in words; empty: they say nothing."""
    support: Support | None
    """Of the control plane's minor; None: unknown, or a cluster that is not ours."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Everything that changes."""

    before: str
    """Name of the bundle."""
    after: str
    moves: tuple[Move, ...]
    repacked: tuple[str, ...] = ()
    """Charts whose archive is another one of the same version."""
    migrations: tuple[str, ...] = ()
    """What happens to binder.yaml, step by step."""
    lost: tuple[str, ...] = ()
    """Values that the newer charts' schemas refuse, and the older ones' did not."""
    images: tuple[str, ...] = ()
    """What happens to the images that people launch."""
    gone: tuple[str, ...] = ()
    """Kinds in the newer charts that this cluster no longer serves."""
    kinds: tuple[str, ...] = ()
    """Charts whose own kinds (`crds/`) differ, which Helm leaves as they are; each with its archive."""
    kubernetes: Kubernetes | None = None

    @property
    def nothing(self) -> bool:
        """Whether charts and settings are the same."""
        return not (self.moves or self.repacked or self.migrations)
