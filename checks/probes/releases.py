"""What Helm wrote into the cluster, and which APIs the cluster serves.

A release's Secret holds its values, too, with every secret in them: it is read as little as possible, and only
apiVersions and kinds leave this module.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from binder_deploy.checks.facts import releases as r
from binder_deploy.checks.facts.releases import Api, Manifest, Release
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.kube import DISCOVERY, NAMES_ONLY, Kube
from binder_deploy.settings.names import namespaces

_ROLLED_OUT = ("deployed", "superseded", "failed")
_TOP = re.compile(r"^(apiVersion|kind):[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Of the releases in our namespaces."""
    if given.kubeconfig is None:
        return {}
    kube, here = Kube(given.kubeconfig), namespaces(given.settings)
    collectors: Mapping[Key[Any], Callable[[], Any]] = {
        r.RELEASES: lambda: releases(kube, here),
        r.MANIFESTS: lambda: manifests(kube, here),
        r.SERVED: lambda: served(kube),
    }
    return {key: Probe(collect, timeout_s=30) for key, collect in collectors.items()}


def releases(kube: Kube, here: Collection[str]) -> tuple[Release, ...]:
    """The newest revision of each release, from labels alone."""
    newest: dict[tuple[str, str], Release] = {}
    for found in _revisions(kube, here):
        known = newest.get((found.namespace, found.name))
        if known is None or found.revision > known.revision:
            newest[found.namespace, found.name] = found
    return tuple(newest[key] for key in sorted(newest))


def manifests(kube: Kube, here: Collection[str]) -> tuple[Manifest, ...]:
    """The last revision of each release that is, or was, rolled out: what Helm compares the next upgrade with."""
    last: dict[tuple[str, str], Release] = {}
    for found in sorted(_revisions(kube, here), key=lambda release: release.revision):
        known = last.get((found.namespace, found.name))
        # A failed upgrade is not what the next one is compared with, unless nothing else was ever rolled out.
        if found.status in _ROLLED_OUT and (known is None or found.status != "failed"):
            last[found.namespace, found.name] = found
    return tuple(Manifest(found.namespace, found.name, _apis(kube, found)) for found in last.values())


def served(kube: Kube) -> frozenset[Api]:
    """Every apiVersion and kind that the cluster takes. Raises `LookupError` if it cannot tell kinds (before 1.27)."""
    return frozenset(api for path in ("/api", "/apis") for api in _served(kube.get(path, DISCOVERY)))


def apis(manifest: str) -> frozenset[Api]:
    """apiVersion and kind of every document of a manifest.

    Only lines without indentation are read: what is nested, secrets above all, is not.
    """
    found = (dict(_TOP.findall(document)) for document in re.split(r"^---", manifest, flags=re.MULTILINE))
    return frozenset((doc["apiVersion"], doc["kind"]) for doc in found if {"apiVersion", "kind"} <= doc.keys())


def _revisions(kube: Kube, here: Collection[str]) -> Iterator[Release]:
    for namespace in sorted(here):
        path = f"/api/v1/namespaces/{namespace}/secrets"
        for secret in kube.items(path, accept=NAMES_ONLY, labels="owner=helm"):
            labels = secret["metadata"].get("labels") or {}
            if {"name", "version", "status"} <= labels.keys():
                yield Release(namespace, labels["name"], int(labels["version"]), labels["status"])


def _apis(kube: Kube, release: Release) -> frozenset[Api]:
    path = f"/api/v1/namespaces/{release.namespace}/secrets/sh.helm.release.v1.{release.name}.v{release.revision}"
    # Helm encodes before it stores, and so does Kubernetes.
    packed = base64.b64decode(base64.b64decode(kube.get(path)["data"]["release"]))
    written = json.loads(gzip.decompress(packed))
    hooks = [hook.get("manifest", "") for hook in written.get("hooks") or ()]
    return frozenset(api for text in (written.get("manifest", ""), *hooks) for api in apis(text))


def _served(answer: Mapping[str, Any]) -> Iterator[Api]:
    if answer.get("kind") != "APIGroupDiscoveryList":
        raise LookupError("the API server does not tell all its kinds at once: it is older than Kubernetes 1.27")
    for group in answer.get("items") or ():
        for version in group.get("versions") or ():
            name = group.get("metadata", {}).get("name", "")
            for resource in version.get("resources") or ():
                kind = str((resource.get("responseKind") or {}).get("kind", ""))
                yield (f"{name}/{version['version']}" if name else str(version["version"]), kind)
