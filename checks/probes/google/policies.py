"""Policies of the organisation that this program could break, as they hold for the project.

Left out are those that it keeps by itself: shielded nodes, no public addresses, no serial port, labels.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

from google.api_core.exceptions import NotFound

from binder_deploy.checks.facts.account import Policy
from binder_deploy.checks.probes.google.access import Google, asking
from binder_deploy.settings.gke import Gke, ManagedNetwork
from binder_deploy.settings.gke_apis import APIS
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import ArtifactRegistry

Answer = Literal["allows", "forbids", "unclear"]
Judge = Callable[[Sequence[Any]], Answer]
"""From the rules that hold for the project."""

_ADMIN = "ask whoever administers the organisation's policies for an exception"
_VIEWER = "roles/orgpolicy.policyViewer"
_CONTINENTS = ("africa", "asia", "australia", "europe", "southamerica", "us")


def policies(google: Google, settings: Settings, platform: Gke) -> tuple[Policy, ...]:
    """Each policy with what it says to this deployment. Raises `NotAllowed`."""
    asked = google.org_policies
    found = []
    for name, judge, meets, remedy in _met(settings, platform):
        try:
            with asking("the organisation's policies", _VIEWER, google.project):
                rules = asked.get_effective_policy(name=f"projects/{google.project}/policies/{name}").spec.rules
        except NotFound:  # a constraint that is not, or no longer, there
            continue
        found.append(Policy(f"constraints/{name}", judge(rules), meets, remedy))
    return tuple(found)


def _met(settings: Settings, platform: Gke) -> Iterator[tuple[str, Judge, str, str]]:
    """Constraint, how it is read, what meets it, what to do."""
    registry = settings.registry
    if isinstance(registry, ArtifactRegistry) and registry.push == "key":
        yield (
            "iam.disableServiceAccountKeyCreation",
            _off,
            "registry.push: key",
            "set registry.push to workload-identity: it needs no key",
        )
    yield "iam.disableServiceAccountCreation", _off, "the nodes' service account", _ADMIN
    yield (
        "gcp.resourceLocations",
        lambda rules: _listed(rules, lambda value: _location(value, platform.region)),
        f"platform.region: {platform.region}",
        f"choose a platform.region and platform.zone that the policy allows, or {_ADMIN}",
    )
    yield (
        "gcp.restrictServiceUsage",
        lambda rules: _every(rules, [f"{api}.googleapis.com" for api in APIS]),
        "the APIs of every deployment",
        _ADMIN,
    )
    yield (
        "compute.restrictLoadBalancerCreationForTypes",
        lambda rules: _listed(rules, lambda value: value in ("EXTERNAL_NETWORK_TCP_UDP", "in:EXTERNAL")),
        "the load balancer in front of the service",
        _ADMIN,
    )
    if isinstance(platform.network, ManagedNetwork):
        yield (
            "compute.restrictCloudNATUsage",
            lambda rules: _listed(rules, lambda value: _nat(value, platform.project)),
            "the NAT of platform.network",
            f"use a network that has one (platform.network.kind: existing), or {_ADMIN}",
        )


def _off(rules: Sequence[Any]) -> Answer:
    """Of a policy that is on or off."""
    return "forbids" if any(rule.enforce for rule in rules) else "allows"


def _every(rules: Sequence[Any], wanted: Sequence[str]) -> Answer:
    """Of a list that must allow several values."""
    answers = {_listed(rules, partial(operator.eq, one)) for one in wanted}
    return next((answer for answer in ("forbids", "unclear") if answer in answers), "allows")


def _listed(rules: Sequence[Any], about: Callable[[str], bool | None]) -> Answer:
    """Of a policy that is a list. `about` tells whether a value of it covers what we need; `None` where nobody can
    tell without knowing what a group of values holds."""
    allowed = [about(value.removeprefix("is:")) for rule in rules for value in rule.values.allowed_values]
    denied = [about(value.removeprefix("is:")) for rule in rules for value in rule.values.denied_values]
    if any(rule.deny_all for rule in rules) or True in denied:
        return "forbids"
    if None in denied:
        return "unclear"
    if not allowed or any(rule.allow_all for rule in rules) or True in allowed:
        return "allows"
    return "unclear" if None in allowed else "forbids"


def _location(value: str, region: str) -> bool | None:
    """Whether a value of `gcp.resourceLocations` covers the region: `europe-west1`, `in:europe-locations`."""
    if not value.startswith("in:"):
        return value == region
    group = value.removeprefix("in:").removesuffix("-locations")
    if region == group or region.startswith(f"{group}-"):
        return True
    # What a country or the European Union holds is not told by the names of the regions.
    return False if group in _CONTINENTS or re.fullmatch(r"[a-z]+(-[a-z]+)+[0-9]+", group) else None


def _nat(value: str, project: str) -> bool | None:
    """Whether a value of `compute.restrictCloudNATUsage` covers a subnetwork of the project."""
    if value.startswith(("under:organizations/", "under:folders/")):
        return None
    return value == f"under:projects/{project}"
