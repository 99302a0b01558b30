"""Whether a pod may run on a node of some kind: the parts of the scheduler's judgement that the autoscaler needs.

Not modelled: affinity between pods, host ports, topology spread, resources other than CPU, memory and pods. The real
scheduler judges all of it once the node is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.quantities import Resources, requested

DAEMON_TOLERATIONS: tuple[Object, ...] = tuple(
    {"key": f"node.kubernetes.io/{what}", "operator": "Exists"}
    for what in ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
)
"""What every DaemonSet's pods tolerate without saying so."""


@dataclass(frozen=True)
class Shape:
    """What is to know of a node to judge whether a pod fits: of one that is there, or of one that could be."""

    labels: Mapping[str, str]
    taints: Sequence[Mapping[str, str]]
    free: Resources
    name: str = ""
    """Of a node that is there; a pod may ask for it by name."""


def obstacle(spec: Object, shape: Shape, zones: Iterable[frozenset[str]] = ()) -> str | None:
    """Why a pod with this spec cannot run there, or None. `zones`: where each of its volumes is."""
    for taint in shape.taints:
        if taint["effect"] != "PreferNoSchedule" and not tolerated(taint, spec.get("tolerations") or ()):
            return f"had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
    if not selected(spec, shape):
        return "didn't match the pod's node affinity/selector"
    zone = shape.labels.get("topology.kubernetes.io/zone", "")
    if any(zone not in where for where in zones):
        return "had a volume node affinity conflict"
    wanted = requested(spec)
    for what, asked, free in (
        ("cpu", wanted.millicpu, shape.free.millicpu),
        ("memory", wanted.memory, shape.free.memory),
        ("pods", wanted.pods, shape.free.pods),
    ):
        if asked > free:
            return f"had insufficient {what}"
    return None


def tolerated(taint: Mapping[str, str], tolerations: Iterable[Object]) -> bool:
    """Whether one of the tolerations covers a taint."""
    for toleration in tolerations:
        if toleration.get("effect") not in (None, "", taint["effect"]):
            continue
        if toleration.get("key") not in (None, "", taint["key"]):
            continue
        if toleration.get("operator") == "Exists":
            return True
        if toleration.get("key") and (toleration.get("value") or "") == (taint.get("value") or ""):
            return True
    return False


def selected(spec: Object, shape: Shape) -> bool:
    """Whether a pod's node selector and required node affinity match a node."""
    selector = spec.get("nodeSelector") or {}
    if any(shape.labels.get(key) != value for key, value in selector.items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_term(term, shape) for term in required.get("nodeSelectorTerms") or ())


def daemons(daemonsets: Iterable[Object], shape: Shape) -> Resources:
    """What the pods of DaemonSets will take of a new node."""
    total = Resources()
    for daemonset in daemonsets:
        spec = daemonset["spec"]["template"]["spec"]
        ours = {**spec, "tolerations": [*(spec.get("tolerations") or ()), *DAEMON_TOLERATIONS]}
        if obstacle(ours, shape) is None:
            total += requested(spec)
    return total


def _term(term: Object, shape: Shape) -> bool:
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(_matches(e, shape.labels) for e in expressions) and all(
        _matches(f, {"metadata.name": shape.name}) for f in fields
    )


def _matches(expression: Object, labels: Mapping[str, str]) -> bool:
    key, operator = expression["key"], expression["operator"]
    values: list[str] = expression.get("values") or []
    value = labels.get(key)
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            if value is None or not value.lstrip("-").isdigit():
                return False
            return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])
        case _:
            return False
