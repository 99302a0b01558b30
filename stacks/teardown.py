"""The steps of a removal that concern the engine. The order is the one that leaves nothing behind to be billed:
protection off, everything inside the cluster, (then others wait for disks and load balancers), the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from binder_deploy.stacks.engine import Engine, of_type
from binder_deploy.stacks.events import Observer, Summary

PROTECTION = "deletionProtection"
"""Configuration key that the program reads."""


def cluster_exists(engine: Engine, observe: Observer) -> bool:
    """Ask the cloud whether the recorded cluster is there; one that is gone leaves the state."""
    clusters = [r["urn"] for r in engine.resources() if is_cluster(r)]
    if not clusters:
        return False
    engine.refresh(observe, clusters)
    return any(is_cluster(r) for r in engine.resources())


def forget_inside(engine: Engine) -> int:
    """Drop what was inside a cluster that is gone from the state; how many objects that were."""
    inside = of_type(engine.resources(), "kubernetes:")
    engine.forget(inside)
    return len(inside)


def unprotect(engine: Engine, observe: Observer) -> Summary | None:
    """Switch deletion protection off, in the state too; None if nothing is protected.

    The provider refuses to delete a cluster whose *state* says protected, so this needs an update of its own.
    """
    protected = [r for r in engine.resources() if _protected(r)]
    if not protected:
        return None
    engine.configure({PROTECTION: "false"})
    try:
        return engine.up(observe, targets=[r["urn"] for r in protected])
    finally:
        engine.unconfigure(PROTECTION)  # else the next deployment from here would be without protection


def remove_in_cluster(engine: Engine, observe: Observer) -> Summary | None:
    """Remove every object inside the cluster while its nodes and controllers still run; None if there is none."""
    inside = of_type(engine.resources(), "kubernetes:")
    return engine.destroy(observe, targets=inside) if inside else None


def remove_rest(engine: Engine, observe: Observer) -> Summary:
    """Remove what is left, the cluster and its network among it."""
    return engine.destroy(observe)


def kubeconfig(resources: Sequence[Mapping[str, Any]]) -> str | None:
    """The way into the cluster as the state has it, whatever became of the file; None without a cluster."""
    for resource in resources:
        if resource["type"] == "pulumi:providers:kubernetes":
            return str(resource.get("inputs", {}).get("kubeconfig") or "") or None
    return None


def is_cluster(resource: Mapping[str, Any]) -> bool:
    """Whether an entry of the state is the cluster itself."""
    return str(resource["type"]).endswith("/cluster:Cluster")


def inside_cluster(resources: Sequence[Mapping[str, Any]]) -> bool:
    """Whether anything inside a cluster is recorded in the state."""
    return bool(of_type(resources, "kubernetes:"))


def _protected(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("outputs", {}).get("deletionProtection"))
