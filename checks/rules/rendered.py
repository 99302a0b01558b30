"""What Helm makes of the charts can be installed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.resources import files

from ruamel.yaml import YAML

from binder_deploy.checks.facts import rendered as r
from binder_deploy.checks.facts.releases import Api
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import listing
from binder_deploy.checks.rules.releases import minor_of, removed_in

NEWEST = 36
"""Minor version of Kubernetes whose APIs `served_apis.yaml` has."""
_SCHEMA = "values don't meet the specifications of the schema(s)"
_CLOUDS = ("k8s.io", "gke.io", "googleapis.com", "k8s.aws", "amazonaws.com")
"""Ends of groups that a cloud's clusters bring of their own: before there is one, nobody can tell."""


def helm_renders_every_release(facts: Facts) -> Verdict:
    """Helm takes each chart with its values."""
    refused = [release for release in facts[r.RENDERED] if release.refusal]
    if not refused:
        return Passed(listing(f"{release.namespace}/{release.name}" for release in facts[r.RENDERED]))
    told = "; ".join(f"release {one.namespace}/{one.name}: {one.refusal}" for one in refused)
    places = listing(one.where for one in refused)
    if any(_SCHEMA in one.refusal for one in refused):
        remedy = f"change or remove the keys that it names in {places}; `binder-deploy check --explain BD-SET-022`"
    else:
        remedy = f"take back what was changed last in {places}; without values of your own, choose another bundle"
    return Failed(f"Helm refuses to install: {told}", remedy)


def kinds_are_served(facts: Facts) -> Verdict:
    """The cluster takes everything that the releases consist of, or they bring the kinds themselves."""
    target, releases = facts[r.TARGET], facts[r.RENDERED]
    brought = frozenset(api for release in releases for api in release.brings)
    known = (expected(target.version) if target.served is None else target.served) | brought
    missing = {
        f"{version} {kind} ({release.where})"
        for release in releases
        for version, kind in release.apis
        if (version, kind) not in known and not (target.served is None and _may_come(version))
    }
    whose = f"Kubernetes {target.version or f'1.{NEWEST}'}" + (" here" if target.served is not None else "")
    if missing:
        return Failed(
            f"not served by {whose}: {listing(missing)}; Helm would stop there with `no matches for kind`",
            "take the value that asks for it out of the named section of binder.yaml, install what defines the kind "
            "into the cluster before, or choose a bundle with charts for this version (`--bundle`)",
        )
    return Passed(f"{len({api for release in releases for api in release.apis})} kinds, served by {whose}")


def expected(version: str) -> frozenset[Api]:
    """What a plain cluster of that version of Kubernetes serves; of the newest known one where it is empty."""
    minor = minor_of(version) if version else NEWEST
    table = _newest()
    for step in range(NEWEST, minor, -1):
        table |= removed_in(step)
    for step in range(NEWEST + 1, minor + 1):
        table -= removed_in(step)
    return table


def _may_come(version: str) -> bool:
    """Whether a cloud's own cluster may bring it: a kind of a group of theirs that is not plain Kubernetes' own."""
    group = version.rpartition("/")[0]
    plain = {known.rpartition("/")[0] for known, _ in _newest()}
    return group.endswith(_CLOUDS) and group not in plain


@functools.cache
def _newest() -> frozenset[Api]:
    text = (files("binder_deploy.checks") / "served_apis.yaml").read_text(encoding="utf-8")
    table: Mapping[str, list[str]] = YAML(typ="safe").load(text)
    return frozenset((version, kind) for version, kinds in table.items() for kind in kinds)
