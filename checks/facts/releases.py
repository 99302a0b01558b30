"""What Helm has written down about its releases: never the values, which have secrets in them."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.model import Key

Api = tuple[str, str]
"""apiVersion and kind: `("apps/v1", "Deployment")`."""


@dataclass(frozen=True)
class Release:
    """The newest revision of one release."""

    namespace: str
    name: str
    revision: int
    status: str
    """Helm's word: `deployed`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `uninstalling`."""


@dataclass(frozen=True)
class Manifest:
    """What the last revision that was rolled out consists of: Helm reads it again at the next upgrade."""

    namespace: str
    name: str
    apis: frozenset[Api]


RELEASES: Key[tuple[Release, ...]] = Key("Helm releases")
MANIFESTS: Key[tuple[Manifest, ...]] = Key("manifests of the Helm releases")
SERVED: Key[frozenset[Api]] = Key("APIs that the cluster serves")
