"""What is otherwise at the cloud than the state remembers it: resources, and paths of their properties. Never values,
which may be secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from binder_deploy.stacks.events import name_of

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent

_TOLD = re.compile(r"(?:status|metadata\.(?:resourceVersion|generation|uid|creationTimestamp|managedFields))\b.*")
"""Paths of Kubernetes objects that the cluster writes all the time. Nobody asked for a value there."""


@dataclass(frozen=True)
class Difference:
    """One resource that is not what it was left as."""

    urn: str
    type: str
    """Type token: `gcp:container/cluster:Cluster`."""
    name: str
    """Logical name."""
    kind: Literal["changed", "gone"]
    paths: tuple[str, ...] = ()
    """What was changed: `nodeConfig.labels.team`. Empty if all of it is gone."""

    @property
    def by_hand(self) -> bool:
        """Whether only those who changed it can put it right: the API server keeps whose fields are whose, and refuses
        to let `up` overwrite what others wrote into an object of ours."""
        inside = self.type.startswith("kubernetes:") and not self.type.startswith("kubernetes:helm.sh/")
        return inside and self.kind == "changed"


def difference(event: EngineEvent) -> Difference | None:
    """What one event of a refresh says, or None if it says that nothing differs.

    A resource of which only what the cloud itself computes has moved on (times, counters, states) comes as an update
    without paths: that is no difference to what was asked for.
    """
    if event.res_outputs_event is None:
        return None
    about = event.res_outputs_event.metadata
    op, type_token, urn = str(getattr(about.op, "value", about.op)), str(about.type), str(about.urn)
    if type_token.startswith("pulumi:"):
        return None
    if op == "delete":
        return Difference(urn, type_token, name_of(urn), "gone")
    if op == "update" and (paths := tuple(sorted(_paths(type_token, about.detailed_diff or {})))):
        return Difference(urn, type_token, name_of(urn), "changed", paths)
    return None


def noting(found: list[Difference], tell: Callable[[EngineEvent], None]) -> Callable[[EngineEvent], None]:
    """A callback that keeps differences and passes everything on."""

    def on_event(event: EngineEvent) -> None:
        if differs := difference(event):
            found.append(differs)
        tell(event)

    return on_event


def _paths(type_token: str, changed: Any) -> Iterator[str]:
    ours = type_token.startswith("kubernetes:")
    return (path for path in changed if not (ours and _TOLD.fullmatch(path)))
