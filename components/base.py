"""What every component's args share: how they reach the state, and what must exist before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Args:
    """Inputs of a component. Everything but `after` lands in the state."""

    after: Sequence[pulumi.Resource] = ()
    """What must exist before the component's children and outlive them. A component's own `depends_on`
    says nothing about its children, so each child is given this list."""


def inputs(args: Args) -> dict[str, Any]:
    """The args as the engine takes them: plain mappings and lists around outputs, no resources."""
    return {f.name: _plain(getattr(args, f.name)) for f in fields(args) if f.name != "after"}


def _plain(value: Any) -> Any:
    # dataclasses.asdict would copy outputs, which are bound to the event loop.
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name != "ready"}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def named(
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
    ignore_changes: Sequence[str] = (),
    protect: bool = False,
) -> pulumi.ResourceOptions:
    """Options of a child whose physical name is fixed: an old one must go before a new one can come. The engine
    then also clears first whatever must be replaced with it; what is protected it refuses to delete or replace."""
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=after,
        ignore_changes=list(ignore_changes) or None,
        delete_before_replace=True,
        protect=protect or None,
    )
