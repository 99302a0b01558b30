"""Every check there is, in the order of a deployment's life. An id is never used again."""

from __future__ import annotations

from binder_deploy.checks.catalogue import cluster, ingress, service, settings, teardown, tls, tools
from binder_deploy.checks.model import Check, Phase

_AREAS = (settings, tools, cluster, ingress, tls, service, teardown)
_ORDER = list(Phase)

CATALOGUE: tuple[Check, ...] = tuple(
    sorted((check for area in _AREAS for check in area.CHECKS), key=lambda check: _ORDER.index(check.phase))
)
