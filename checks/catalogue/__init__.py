"""Every check there is, in the order of a deployment's life. An id is never used again."""

from __future__ import annotations

from binder_deploy.checks.catalogue import (
    account,
    admission,
    cloudflare,
    cluster,
    dns,
    existing,
    github,
    ingress,
    launch,
    network,
    registry,
    service,
    settings,
    teardown,
    tls,
    tools,
    values,
    web,
)
from binder_deploy.checks.model import Check, Phase

_AREAS = (
    settings,
    values,
    tools,
    account,
    registry,
    github,
    cluster,
    admission,
    dns,
    cloudflare,
    existing,
    ingress,
    tls,
    service,
    web,
    launch,
    network,
    teardown,
)
_ORDER = list(Phase)

CATALOGUE: tuple[Check, ...] = tuple(
    sorted((check for area in _AREAS for check in area.CHECKS), key=lambda check: _ORDER.index(check.phase))
)
