"""What is made inside a cluster: named before it is there, so that it can be looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planned:
    """An object of a cluster."""

    api_version: str
    """`v1`, `rbac.authorization.k8s.io/v1`."""
    kind: str
    name: str
    namespace: str = ""
    """Empty for what belongs to the cluster as a whole."""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"
