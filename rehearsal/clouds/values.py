"""Rules on values that clouds share. Only what a preview knows is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.wire import Props

_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
LABEL_KEY = re.compile(rf"({_PREFIX}/)?{_NAME}")
"""Of Kubernetes' labels and taints."""
LABEL_VALUE = re.compile(rf"({_NAME})?")


def choice(props: Props, field: str, *allowed: str, path: str = "") -> Iterator[Problem]:
    value = props.get(field)
    if value is not None and value not in allowed:
        yield Problem(path or field, f"expected one of {list(allowed)}, got {value!r}")


def cidr(value: Any, path: str) -> Iterator[Problem]:
    """An IPv4 range without host bits."""
    if value is None:
        return
    try:
        IPv4Network(value)
    except ValueError as error:
        yield Problem(path, f"{value!r} is not an IPv4 range: {error}")


def node_labels(labels: Props | None, path: str) -> Iterator[Problem]:
    """Labels of nodes: well formed, and none of Kubernetes' own."""
    for key, value in (labels or {}).items():
        where = f"{path}[{key!r}]"
        if not LABEL_KEY.fullmatch(key):
            yield Problem(where, "is not a Kubernetes label key")
        if not LABEL_VALUE.fullmatch(str(value)):
            yield Problem(where, f"{value!r} is not a Kubernetes label value")
        domain = key.partition("/")[0] if "/" in key else ""
        if domain in ("kubernetes.io", "k8s.io") or domain.endswith((".kubernetes.io", ".k8s.io")):
            yield Problem(where, f"the prefix {domain!r} is reserved for Kubernetes")


def node_taints(taints: list[Props] | None, path: str, effects: tuple[str, ...]) -> Iterator[Problem]:
    """Taints of nodes: well formed, a known effect, none twice."""
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(taints or ()):
        where = f"{path}[{i}]"
        key, effect = taint.get("key"), taint.get("effect")
        yield from choice(taint, "effect", *effects, path=f"{where}.effect")
        if key is None:
            continue
        if not LABEL_KEY.fullmatch(key):
            yield Problem(f"{where}.key", f"{key!r} is not a Kubernetes taint key")
        if not LABEL_VALUE.fullmatch(str(taint.get("value") or "")):
            yield Problem(f"{where}.value", f"{taint['value']!r} is not a Kubernetes taint value")
        if (key, str(effect)) in seen:
            yield Problem(where, f"{key!r} with effect {effect} is there twice")
        seen.add((key, str(effect)))
