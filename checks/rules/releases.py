"""Helm can go on from where it stands."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib.resources import files

from ruamel.yaml import YAML

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import releases as r
from binder_deploy.checks.facts.releases import Api
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import listing

_CARRIES_ON = "binder-deploy up"


def no_release_is_stuck(facts: Facts) -> Verdict:
    """No release is in the middle of something, and none failed last."""
    found = facts[r.RELEASES]
    for release in found:
        where = f"release {release.namespace}/{release.name} (revision {release.revision})"
        if release.status.startswith("pending-"):
            return Failed(
                f"{where} is {release.status}: an operation runs, or was cut off; Helm refuses the next one with "
                '"another operation is in progress"',
                f"wait if another run is at work; else run `{_CARRIES_ON}` again: it mends Helm's record, and goes on",
            )
        if release.status == "uninstalling":
            return Failed(
                f"{where} is uninstalling: its removal was cut off", "run `binder-deploy down` again, which finishes it"
            )
        if release.status == "failed":
            return Failed(
                f"{where} failed: part of what it brings may be missing",
                f"run `{_CARRIES_ON}` again; `kubectl -n {release.namespace} get events` shows what went wrong",
            )
    return Passed(f"{len(found)} releases")


def manifests_are_served(facts: Facts) -> Verdict:
    """Everything that a release holds is of a kind that the cluster still knows."""
    served = facts[r.SERVED]
    gone = {
        f"{version} {kind} (release {manifest.namespace}/{manifest.name})"
        for manifest in facts[r.MANIFESTS]
        for version, kind in manifest.apis
        if (version, kind) not in served
    }
    if gone:
        return Failed(
            f"no longer served by this cluster: {listing(gone)}; Helm reads the old manifest at the next upgrade and "
            "stops there",
            "rewrite the stored manifest with Helm's plugin mapkubeapis "
            "(`helm mapkubeapis --namespace NAMESPACE RELEASE`), then run `binder-deploy up`",
        )
    return Passed()


def manifests_survive_the_next_version(facts: Facts) -> Verdict:
    """Nothing that a release holds goes away with the cluster's next minor version."""
    upcoming = minor_of(facts[f.KUBE_VERSION]) + 1
    going = removed_in(upcoming)
    held = {
        f"{version} {kind} (release {manifest.namespace}/{manifest.name})"
        for manifest in facts[r.MANIFESTS]
        for version, kind in manifest.apis
        if (version, kind) in going
    }
    if held:
        return Failed(
            f"Kubernetes 1.{upcoming} no longer serves {listing(held)}",
            "before the cluster is upgraded, install charts that use the newer version: a newer binder-deploy, or "
            "a folder with newer archives, and `binder-deploy upgrade`",
        )
    return Passed(f"ready for Kubernetes 1.{upcoming}")


def removed_in(minor: int) -> frozenset[Api]:
    """What Kubernetes 1.`minor` no longer serves, as far as it is known."""
    return frozenset((version, kind) for version, kinds in _removals().get(minor, {}).items() for kind in kinds)


def minor_of(version: str) -> int:
    """The minor of a version of Kubernetes: 34 of `v1.34.1`. Raises `ValueError`."""
    match = re.match(r"v?1\.(\d+)", version)
    if not match:
        raise ValueError(f"not a Kubernetes version: {version}")
    return int(match[1])


@functools.cache
def _removals() -> Mapping[int, Mapping[str, list[str]]]:
    text = (files("binder_deploy.checks") / "removed_apis.yaml").read_text(encoding="utf-8")
    removals: Mapping[int, Mapping[str, list[str]]] = YAML(typ="safe").load(text)
    return removals
