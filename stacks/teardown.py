"""The steps of a removal that concern the engine. The order is the one that leaves nothing behind to be billed:
protection off, everything inside the cluster, (then others wait for disks and load balancers), the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from binder_deploy.stacks.engine import Engine, of_type
from binder_deploy.stacks.events import Observer, Summary

Resource = dict[str, Any]
"""An entry of the state, as the engine exports it."""

PROTECTION = "deletionProtection"
"""Google's provider's name for it. Where a provider has none that would do, the engine's own `protect` stands in."""


def cluster_exists(engine: Engine, observe: Observer) -> bool:
    """Ask the cloud whether the recorded cluster is there; one that is gone leaves the state."""
    clusters = [r["urn"] for r in engine.resources() if is_cluster(r)]
    if not clusters:
        return False
    engine.refresh(observe, clusters)
    return any(is_cluster(r) for r in engine.resources())


def forget_inside(engine: Engine) -> int:
    """Drop what was inside a cluster that is gone from the state; how many objects that were."""
    gone = of_type(engine.resources(), "kubernetes:")
    forget(engine, gone)
    return len(gone)


def forget(engine: Engine, urns: Collection[str]) -> None:
    """Drop things that are gone from the state, and every word of them in what depends on them."""
    gone = set(urns)

    def without(resources: list[Resource]) -> list[Resource]:
        kept = [r for r in resources if r["urn"] not in gone]
        for resource in kept:
            resource["dependencies"] = [d for d in resource.get("dependencies") or () if d not in gone]
            needs = resource.get("propertyDependencies") or {}
            resource["propertyDependencies"] = {k: [d for d in v or () if d not in gone] for k, v in needs.items()}
        return kept

    engine.rewrite(without)


def unprotect(engine: Engine) -> int:
    """Switch deletion protection off; how many resources had it.

    Provider or engine refuses to delete what the *state* calls protected; the cloud knows nothing of it. So the
    state is where it is switched off. An update would run today's settings against the cluster, changed ones too,
    and leave the switch off should the removal be called off: here the next `up` switches it on again.
    """
    protected = {r["urn"] for r in engine.resources() if _protected(r)}

    def off(resources: list[Resource]) -> list[Resource]:
        for resource in resources:
            if resource["urn"] not in protected:
                continue
            resource.pop("protect", None)
            if PROTECTION in (resource.get("outputs") or {}):
                resource["outputs"][PROTECTION] = False
        return resources

    if protected:
        engine.rewrite(off)
    return len(protected)


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


def known_by(resources: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Every name, id, address and member by which the recorded things may be called."""
    values = (value for r in resources for value in (r.get("id"), *(r.get("outputs") or {}).values()))
    return frozenset(value for value in values if isinstance(value, str))


def is_cluster(resource: Mapping[str, Any]) -> bool:
    """Whether an entry of the state is the cluster itself."""
    return str(resource["type"]).endswith("/cluster:Cluster")


def inside_cluster(resources: Sequence[Mapping[str, Any]]) -> bool:
    """Whether anything inside a cluster is recorded in the state."""
    return bool(of_type(resources, "kubernetes:"))


def _protected(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("protect") or (resource.get("outputs") or {}).get(PROTECTION))
