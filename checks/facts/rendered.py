"""What Helm makes of the charts, and what the cluster that they go into serves: both before anything is installed."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.facts.releases import Api
from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class Rendered:
    """One release as Helm would install it; of its manifest only what is made."""

    namespace: str
    name: str
    where: str
    """Path in binder.yaml of what people add to its values: `charts.traefik.values`."""
    apis: frozenset[Api] = frozenset()
    """apiVersion and kind of every object, those of hooks too."""
    brings: frozenset[Api] = frozenset()
    """Kinds that it defines itself."""
    refusal: str = ""
    """Why Helm would not install it, in its words, without what people set."""


@dataclass(frozen=True)
class Target:
    """The cluster that the releases go into."""

    version: str
    """Of Kubernetes; empty while the platform has yet to choose one."""
    served: frozenset[Api] | None = None
    """What it takes; None while there is no cluster."""


RENDERED: Key[tuple[Rendered, ...]] = Key("releases as Helm renders them")
TARGET: Key[Target] = Key("the cluster to install into")
