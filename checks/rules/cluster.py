"""The cluster as a whole."""

from __future__ import annotations

import re

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import labels, listing, namespace, our_namespaces, path
from binder_deploy.settings.names import (
    CERT_MANAGER_RELEASE,
    OWNER_LABEL,
    TRAEFIK_RELEASE,
    binder_release,
    shares,
)


def version_accepted(facts: Facts) -> Verdict:
    """The API server's version is one that every chart accepts."""
    server = version(facts[f.KUBE_VERSION])
    refused = [
        f"{chart} wants {wanted}"
        for chart, wanted in sorted(facts[f.CHART_KUBE_VERSIONS].items())
        if not accepted(wanted).contains(server)
    ]
    if refused:
        return Failed(
            f"the cluster runs Kubernetes {server}, but {listing(refused)}: Helm refuses the install",
            "choose platform.release_channel so that the cluster's version fits, or another bundle",
        )
    return Passed(f"Kubernetes {server}")


def nothing_astray(facts: Facts) -> Verdict:
    """No pod of ours runs in a namespace that is not ours: `down` would not find it."""
    deployment, release = facts[f.SETTINGS].name, binder_release(facts[f.SETTINGS])
    here = our_namespaces(facts)
    # In a shared cluster the other two are everybody's.
    releases = {release} if shares(facts[f.SETTINGS]) else {release, TRAEFIK_RELEASE, CERT_MANAGER_RELEASE}
    astray = [
        path(pod)
        for pod in facts[f.PODS]
        if namespace(pod) not in here
        and (
            labels(pod).get(OWNER_LABEL) == deployment
            or labels(pod).get("release") == release
            or labels(pod).get("app.kubernetes.io/instance") in releases
        )
    ]
    if astray:
        return Failed(
            f"pods of this deployment in other namespaces: {listing(astray)}; `down` would leave them behind",
            "look in charts.*.values for a key that sets a namespace, remove it and run `binder-deploy up` again",
        )
    return Passed()


def version(text: str) -> Version:
    """`v1.33.4-gke.1134000` → 1.33.4: Helm, too, compares without the vendor's suffix once `-0` is in the range."""
    match = re.match(r"v?(\d+\.\d+(?:\.\d+)?)", text)
    if not match:
        raise ValueError(f"not a Kubernetes version: {text}")
    return Version(match[1])


def accepted(text: str) -> SpecifierSet:
    """`>=1.28.0-0` or `>= 1.25.0-0, < 2` → the same without `-0`, which only admits pre-releases; `^1.25.0-0` → the
    same major version from there on."""
    text = re.sub(r"\^\s*((\d+)[^\s,]*)", lambda found: f">={found[1]}, <{int(found[2]) + 1}", text)
    parts = re.split(r"[,\s]+(?=[<>=!])", re.sub(r"([<>=!])\s+", r"\1", text.strip()))
    return SpecifierSet(",".join(re.sub(r"-0$", "", p.strip()).replace("v", "") for p in parts))
