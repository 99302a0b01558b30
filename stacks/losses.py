"""What an update would destroy that nobody can make again: images, measurements, the hub's database."""

from __future__ import annotations

from collections.abc import Mapping

from binder_deploy.settings.names import (
    CERT_MANAGER_RELEASE,
    GRAFANA_RELEASE,
    PROMETHEUS_RELEASE,
    REGISTRY_RELEASE,
    TRAEFIK_RELEASE,
)
from binder_deploy.stacks.events import Event, ResourceStep

_HOLD: Mapping[str, str] = {
    "kubernetes:core/v1:PersistentVolumeClaim": "what is on the volume {name}",
    "gcp:artifactregistry/repository:Repository": "every image in the repository {name}",
    "aws:ecr/repository:Repository": "every image in the repository {name}",
}
"""Type token → what is lost with one."""
_RELEASE = "kubernetes:helm.sh/v3:Release"
_RELEASES: Mapping[str, str] = {
    REGISTRY_RELEASE: "every image in the registry inside the cluster",
    PROMETHEUS_RELEASE: "what was measured so far",
    TRAEFIK_RELEASE: "",
    CERT_MANAGER_RELEASE: "",
    GRAFANA_RELEASE: "",
}
"""Release → what is lost with its volumes; empty: it has none."""


def lost(event: Event) -> str:
    """What goes with this step, in words; empty: nothing that could not be made again."""
    if not isinstance(event, ResourceStep) or event.change not in ("delete", "replace"):
        return ""
    if event.type == _RELEASE:
        return _RELEASES.get(event.name.removesuffix("-release"), "the hub's database")
    return _HOLD.get(event.type, "").format(name=event.name)
