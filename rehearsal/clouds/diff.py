"""What changed between two sets of inputs, and whether it can change in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Literal

from binder_deploy.rehearsal.clouds.kind import Kind
from binder_deploy.rehearsal.clouds.wire import UNKNOWN, Props


@dataclass(frozen=True)
class Change:
    path: str
    """`nodeConfig.taints[0].key`."""
    kind: Literal["add", "delete", "update"]
    replaces: bool


def changes(kind: Kind, old: Props, new: Props) -> list[Change]:
    """Every leaf that differs; a list of another length differs as a whole. Null equals absent."""
    return [
        Change(path, _verb(before, after), _replaces(kind, path, before, after))
        for path, before, after in _differences(old, new, "")
    ]


def _verb(before: Any, after: Any) -> Literal["add", "delete", "update"]:
    if before is None:
        return "add"
    return "delete" if after is None else "update"


def _differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _differences(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{path}[{i}]")
    elif old != new:
        yield path, old, new


def _replaces(kind: Kind, path: str, before: Any, after: Any) -> bool:
    bare = re.sub(r"\[\d+\]", "", path)
    if bare in kind.growing and before is not None and after not in (None, UNKNOWN):
        return not IPv4Network(before).subnet_of(IPv4Network(after))
    # The parent counts too: adding or removing a whole block changes every immutable field within.
    return any(
        bare == field or bare.startswith(f"{field}.") or field.startswith(f"{bare}.") for field in kind.immutable
    )
