"""What the zone and the region offer: machine types, accelerators, Kubernetes versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import BadRequest, NotFound

from binder_deploy.checks.facts.account import Offer, Versions
from binder_deploy.checks.probes.google.access import Google, asking
from binder_deploy.settings.gke import Gke

_ROLE = "roles/compute.viewer"
_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}


def offers(google: Google, platform: Gke) -> tuple[Offer, ...]:
    """The pools' machine types and accelerators, in the zone. Raises `NotAllowed`."""
    machines, accelerators = google.compute("MachineTypesClient"), google.compute("AcceleratorTypesClient")
    found = []
    for role in ("core", "user", "build"):
        pool = getattr(platform.pools, role)
        path = f"platform.pools.{role}"
        found.append(_offer(google, platform, machines, "machine_types", f"{path}.machine", role, pool.machine))
        if pool.gpu:
            found.append(
                _offer(google, platform, accelerators, "accelerator_types", f"{path}.gpu.type", role, pool.gpu.type)
            )
    return tuple(found)


def versions(google: Google, platform: Gke) -> Versions:
    """What each release channel gives a new cluster today. Raises `NotAllowed`."""
    location = platform.region if platform.control_plane == "regional" else platform.zone
    with asking("the versions of GKE", "roles/container.clusterViewer", google.project):
        config = google.containers.get_server_config(name=f"projects/{google.project}/locations/{location}")
    return Versions(
        "platform.release_channel",
        platform.release_channel,
        {channel.channel.name: channel.default_version for channel in config.channels},
    )


def _offer(google: Google, platform: Gke, client: Any, collection: str, setting: str, pool: str, name: str) -> Offer:
    def asked(call: Callable[[], Any]) -> Any:
        with asking("what the zone offers", _ROLE, google.project):
            return call()

    try:
        kind = {collection.removesuffix("s"): name}
        found = asked(lambda: client.get(project=google.project, zone=platform.zone, **kind))
    except (NotFound, BadRequest):  # the latter for a zone that there is not
        elsewhere = asked(lambda: _zones(client, google.project, collection, platform.region, name))
        return Offer(setting, pool, name, platform.zone, offered=False, elsewhere=elsewhere)
    architecture = _ARCHITECTURES.get(str(getattr(found, "architecture", "")), "")
    return Offer(setting, pool, name, platform.zone, offered=True, architecture=architecture)


def _zones(client: Any, project: str, collection: str, region: str, name: str) -> tuple[str, ...]:
    """The zones of the region that have it."""
    pages = client.aggregated_list(request={"project": project, "filter": f'name="{name}"'})
    return tuple(
        sorted(
            zone
            for scope, part in pages
            if getattr(part, collection) and (zone := scope.removeprefix("zones/")).startswith(f"{region}-")
        )
    )
