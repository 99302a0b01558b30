"""Reading Kubernetes objects given as plain dicts. Pure; missing parts read as empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from binder_deploy.checks.facts.deployment import SETTINGS, Object, Objects
from binder_deploy.checks.model import Facts, Key
from binder_deploy.settings import names as physical

OUR_NAMESPACES = frozenset(
    {
        physical.BINDER_NAMESPACE,
        physical.TRAEFIK_NAMESPACE,
        physical.CERT_MANAGER_NAMESPACE,
        physical.MONITORING_NAMESPACE,
    }
)
"""Of a deployment that has its cluster for itself."""


def binder(facts: Facts) -> str:
    """The Binder's namespace."""
    settings = facts.get(SETTINGS)
    return physical.binder_namespace(settings) if settings else physical.BINDER_NAMESPACE


def our_namespaces(facts: Facts) -> frozenset[str]:
    """Where objects of ours can be."""
    settings = facts.get(SETTINGS)
    return physical.namespaces(settings) if settings else OUR_NAMESPACES


def name(obj: Object) -> str:
    return str(obj.get("metadata", {}).get("name", ""))


def namespace(obj: Object) -> str:
    return str(obj.get("metadata", {}).get("namespace", ""))


def path(obj: Object) -> str:
    """`namespace/name`."""
    return f"{namespace(obj)}/{name(obj)}"


def labels(obj: Object) -> Mapping[str, str]:
    return obj.get("metadata", {}).get("labels") or {}


def annotated(obj: Object) -> Mapping[str, str]:
    return obj.get("metadata", {}).get("annotations") or {}


def spec(obj: Object) -> Mapping[str, Any]:
    return obj.get("spec") or {}


def status(obj: Object) -> Mapping[str, Any]:
    return obj.get("status") or {}


def ours(facts: Facts, key: Key[Objects]) -> Iterator[Object]:
    """Those of the fact that are in our namespaces."""
    here = our_namespaces(facts)
    return (o for o in facts[key] if namespace(o) in here)


def condition(obj: Object, kind: str) -> Mapping[str, Any]:
    """The condition of that type, or an empty mapping."""
    return next((c for c in status(obj).get("conditions") or () if c.get("type") == kind), {})


def template(workload: Object) -> Mapping[str, Any]:
    """The pod template of a Deployment, StatefulSet, DaemonSet, Job or CronJob."""
    inner = spec(workload)
    if workload.get("kind") == "CronJob":
        inner = spec(inner.get("jobTemplate") or {})
    return inner.get("template") or {}


def containers(pod_spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All containers, the initial ones first."""
    yield from pod_spec.get("initContainers") or ()
    yield from pod_spec.get("containers") or ()


def selects(selector: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether a (non-empty) equality selector matches these labels."""
    return bool(selector) and all(found.get(k) == v for k, v in selector.items())


def listing(names: Iterable[str], at_most: int = 5) -> str:
    """`a, b, c and 4 more`."""
    every = sorted(set(names))
    shown = ", ".join(every[:at_most])
    return f"{shown} and {len(every) - at_most} more" if len(every) > at_most else shown
