"""What the engine tells while it works, reduced to what a person or a log wants to know.

The callback that receives them runs on the engine's event thread: it must be quick and must not raise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import StepEventMetadata

Change = Literal["create", "update", "replace", "delete", "read", "same"]
State = Literal["started", "done", "failed"]

_CHANGES: Mapping[str, Change] = {
    "create": "create", "create-replacement": "create", "import": "create",
    "update": "update", "replace": "replace", "delete": "delete", "delete-replaced": "delete",
    "read": "read", "refresh": "read", "same": "same",
}  # fmt: skip


@dataclass(frozen=True)
class ResourceStep:
    """A resource begins or ends to be changed. A replacement shows as several of them for one URN."""

    urn: str
    type: str
    """Type token: `gcp:container/cluster:Cluster`."""
    name: str
    """Logical name."""
    change: Change
    state: State
    paths: tuple[str, ...] = ()
    """Properties that an update or a replacement changes; never their values, which may be secret."""
    at: float = field(default_factory=time.monotonic)
    """Seconds of the monotonic clock."""


@dataclass(frozen=True)
class Status:
    """What is waited for right now, of one resource; replaced by the next one."""

    urn: str
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """Something to read: a warning or an error."""

    severity: Literal["info", "warning", "error"]
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Summary:
    """The end of an operation."""

    changes: Mapping[str, int]
    """Change → number of resources, components and `same` included."""
    seconds: float


Event = ResourceStep | Status | Diagnostic | Summary
Observer = Callable[[Event], None]


def name_of(urn: str) -> str:
    """Logical name of a URN."""
    return urn.rsplit("::", 1)[-1]


def translate(event: EngineEvent) -> Event | None:
    """Our event for the engine's, or None for what nobody needs (its own providers and the stack itself)."""
    if event.resource_pre_event:
        return _step(event.resource_pre_event.metadata, "started")
    if event.res_outputs_event:
        return _step(event.res_outputs_event.metadata, "done")
    if event.res_op_failed_event:
        return _step(event.res_op_failed_event.metadata, "failed")
    if event.diagnostic_event:
        return _diagnostic(event.diagnostic_event)
    if event.summary_event:
        changes = {_value(op): n for op, n in (event.summary_event.resource_changes or {}).items()}
        return Summary(changes, float(event.summary_event.duration_seconds or 0))
    return None


def _step(metadata: object, state: State) -> ResourceStep | None:
    type_token = str(getattr(metadata, "type", ""))
    if type_token.startswith("pulumi:"):
        return None
    change = _CHANGES.get(_value(getattr(metadata, "op", "")), "same")
    urn = str(getattr(metadata, "urn", ""))
    paths = tuple(sorted(getattr(metadata, "detailed_diff", None) or getattr(metadata, "diffs", None) or ()))
    return ResourceStep(urn, type_token, name_of(urn), change, state, paths)


def creation(metadata: StepEventMetadata) -> Iterator[dict[str, Any]]:
    """What a failed step was to make, as the state would have it; nothing if it was to make nothing."""
    if _CHANGES.get(_value(metadata.op)) == "create" and metadata.new and metadata.new.custom:
        new = metadata.new
        yield {"urn": new.urn, "custom": True, "type": new.type, "inputs": dict(new.inputs or {}),
               "parent": new.parent, "provider": new.provider}  # fmt: skip


def _value(op: object) -> str:
    """The SDK gives operations as an enumeration in some events and as text in others."""
    return str(getattr(op, "value", op))


def _diagnostic(event: object) -> Event | None:
    text = _without_colours(str(getattr(event, "message", ""))).strip()
    urn = str(getattr(event, "urn", "") or "")
    # We put the plugins on PATH ourselves; the engine remarks on it at every start.
    if not text or text.startswith("using pulumi-resource-"):
        return None
    if getattr(event, "ephemeral", False):
        return Status(urn, text)
    severity = str(getattr(event, "severity", "info"))
    if severity == "info#err":
        severity = "error"
    if severity not in ("info", "warning", "error"):
        return None
    return Diagnostic(severity, text, urn)  # type: ignore[arg-type]


def _without_colours(text: str) -> str:
    """The engine marks colours as `<{%fg 1%}>`."""
    parts = text.split("<{%")
    return parts[0] + "".join(p.split("%}>", 1)[-1] for p in parts[1:])
