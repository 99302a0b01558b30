"""What pods reach, as pods of the deployment's own kinds have found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from binder_deploy.checks.model import Key

_NEEDS = "a running pod"


@dataclass(frozen=True)
class Reached:
    """How one attempt ended, the last one if there were several."""

    open: bool
    """Somebody answered."""
    how: str
    """`HTTP 200`, `timed out`, `10.20.0.10`: what came of it, in a few words."""
    number: float | None = None
    """What was counted, where something was: requests that are left."""


@dataclass(frozen=True)
class Enforcement:
    """Two pods ask for the same address; a policy denies it to one of them and allows it to the other."""

    denied: Reached
    allowed: Reached


ENFORCEMENT: Key[Enforcement] = Key("enforcement of network policies", beyond=_NEEDS)
FROM_SERVER: Key[Mapping[str, Reached]] = Key("what a person's server reaches", beyond=_NEEDS)
"""By the names of `checks.probes.pods.targets.server`."""
FROM_BUILD: Key[Mapping[str, Reached]] = Key("what a build reaches", beyond=_NEEDS)
"""By the names of `checks.probes.pods.targets.build`."""

METADATA = "metadata server"
HUB = "hub"
HUB_BY_PROXY = "hub, by way of the proxy"
NAMES_INSIDE = "names inside of the cluster"
NAMES_OUTSIDE = "names on the internet"
API_SERVER = "API server"
PRIVATE = "private addresses"
REGISTRY = "registry"
GITHUB = "github.com"
PYPI = "pypi.org"
DOWNLOAD = "5 MB from pypi.org"
DOCKER_HUB = "Docker Hub's limit"
