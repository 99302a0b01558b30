"""Reading Kubernetes objects given as plain dicts. Pure; missing parts read as empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from binder_deploy.checks.facts.deployment import Object
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    MONITORING_NAMESPACE,
    TRAEFIK_NAMESPACE,
)

OUR_NAMESPACES = frozenset({BINDER_NAMESPACE, TRAEFIK_NAMESPACE, CERT_MANAGER_NAMESPACE, MONITORING_NAMESPACE})


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


def ours(objects: Iterable[Object]) -> Iterator[Object]:
    """Those in our namespaces."""
    return (o for o in objects if namespace(o) in OUR_NAMESPACES)


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
