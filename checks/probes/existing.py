"""Facts of a cluster that is there before the deployment: what its nodes offer, what of others is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from binder_deploy.charts.planned import planned
from binder_deploy.charts.values.quantities import number
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import existing as e
from binder_deploy.checks.facts.existing import Foreign
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.objects import labels, status
from binder_deploy.checks.probes.kube import DISCOVERY, ApiRefused, Kube
from binder_deploy.settings.choices import our_releases
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL
from binder_deploy.settings.planned import Planned

METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""As `accept` of one object: its content, a secret's above all, stays with the server."""
_AT_ONCE = 8


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Of the cluster that there is."""
    if given.kubeconfig is None:
        return {}
    kube, settings = Kube(given.kubeconfig), given.settings
    found: dict[Key[Any], Probe[Any]] = {
        e.IN_THE_WAY: Probe(lambda: in_the_way(kube, settings, planned(settings)), timeout_s=60)
    }
    if isinstance(settings.platform, Existing) and settings.platform.node_size is None:
        found[f.CAPACITIES] = Probe(lambda: capacities(kube, settings))
    return found


def capacities(kube: Kube, settings: Settings) -> Mapping[str, f.Capacity]:
    """What the largest node of each role has for pods. Raises `LookupError` where no node has the role's labels."""
    nodes = kube.items("/api/v1/nodes")
    found = {}
    for role in ("core", "user", "build"):
        selector = getattr(settings.platform.nodes, role) if isinstance(settings.platform, Existing) else {}
        able = [_capacity(status(n).get("allocatable") or {}) for n in nodes if selector.items() <= labels(n).items()]
        if not able:
            wanted = ", ".join(f"{key}={value}" for key, value in selector.items()) or "there is no node at all"
            raise LookupError(f"no node has the labels of platform.nodes.{role}: {wanted}")
        found[role] = max(able, key=lambda node: (node.memory, node.cpu))
    return found


def in_the_way(kube: Kube, settings: Settings, wanted: Sequence[Planned]) -> tuple[Foreign, ...]:
    """Which of these objects exist and are not this deployment's."""
    served = dict(_served(kube))

    def look(what: Planned) -> Foreign | None:
        plural = served.get((what.api_version, what.kind))
        return _foreign(kube, settings, what, plural) if plural else None  # a kind to come has no objects

    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="in-the-way") as pool:
        return tuple(found for found in pool.map(look, wanted) if found)


def _foreign(kube: Kube, settings: Settings, what: Planned, plural: str) -> Foreign | None:
    group = "/api/v1" if what.api_version == "v1" else f"/apis/{what.api_version}"
    where = f"/namespaces/{what.namespace}" if what.namespace else ""
    try:
        metadata = kube.get(f"{group}{where}/{plural}/{quote(what.name, safe=':.')}", METADATA)["metadata"]
    except ApiRefused as refused:
        if refused.status == 404:
            return None
        raise
    noted = metadata.get("annotations") or {}
    release = (noted.get("meta.helm.sh/release-namespace"), noted.get("meta.helm.sh/release-name"))
    if (metadata.get("labels") or {}).get(OWNER_LABEL) == settings.name or release in our_releases(settings):
        return None
    return Foreign(what, f"Helm release {release[0]}/{release[1]}" if all(release) else "")


def _served(kube: Kube) -> Iterator[tuple[tuple[str, str], str]]:
    """(apiVersion, kind) → plural, of everything that the cluster serves. Before 1.27 it cannot tell all at once."""
    for path in ("/api", "/apis"):
        for group in kube.get(path, DISCOVERY).get("items") or ():
            name = group.get("metadata", {}).get("name", "")
            for version in group.get("versions") or ():
                api_version = f"{name}/{version['version']}" if name else str(version["version"])
                for resource in version.get("resources") or ():
                    yield (api_version, str((resource.get("responseKind") or {}).get("kind", ""))), resource["resource"]


def _capacity(allocatable: Mapping[str, Any]) -> f.Capacity:
    pods, cpu, memory = (number(allocatable.get(key, 0)) for key in ("pods", "cpu", "memory"))
    return f.Capacity(cpu, memory, int(pods))
