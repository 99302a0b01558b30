"""The steps of a removal that concern the engine. The order is the one that leaves nothing behind to be billed:
protection off, everything inside the cluster, (then others wait for disks and load balancers), the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from binder_deploy.stacks.engine import Engine, of_type
from binder_deploy.stacks.events import Observer, Summary

PROTECTION = "deletionProtection"
"""Configuration key that the program reads."""


def unprotect(engine: Engine, observe: Observer) -> Summary | None:
    """Switch deletion protection off, in the state too; None if nothing is protected.

    The provider refuses to delete a cluster whose *state* says protected, so this needs an update of its own.
    """
    protected = [r for r in engine.resources() if _protected(r)]
    if not protected:
        return None
    engine.configure({PROTECTION: "false"}, {})
    return engine.up(observe, targets=[r["urn"] for r in protected])


def remove_in_cluster(engine: Engine, observe: Observer) -> Summary | None:
    """Remove every object inside the cluster while its nodes and controllers still run; None if there is none."""
    inside = of_type(engine.resources(), "kubernetes:")
    return engine.destroy(observe, targets=inside) if inside else None


def remove_rest(engine: Engine, observe: Observer) -> Summary:
    """Remove what is left, the cluster and its network among it."""
    return engine.destroy(observe)


def holds_cluster(resources: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a cluster is recorded in the state."""
    return any(str(r["type"]).endswith("/cluster:Cluster") for r in resources)


def _protected(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("outputs", {}).get("deletionProtection"))
