"""What a Google Cloud project is, allows and has left, asked before anything is made. Nothing is ever changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from binder_deploy.checks.facts import account as f
from binder_deploy.checks.facts import registry as r
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.once import once
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.registry import ArtifactRegistry

if TYPE_CHECKING:
    from binder_deploy.checks.probes.google.access import Google

T = TypeVar("T")

TIMEOUT_S = 60.0
"""Importing the SDKs alone takes seconds, and some facts are a dozen calls."""


def probes(given: Given, connect: Callable[[], Google] | None = None) -> dict[Key[Any], Probe[Any]]:
    """A probe for each fact of the project that `platform` names; none on another platform.

    `connect` gives access to the APIs; left out, as whoever is logged in here. It is called once, by the first probe
    that runs, as the SDKs are imported once: they take seconds, and share packages that threads must not import at
    the same time.
    """
    settings, platform = given.settings, given.settings.platform
    if not isinstance(platform, Gke):
        return {}
    sdk = once(_import)
    access = once(connect or (lambda: sdk().login(platform.project)))

    def probe(collect: Callable[[Any, Google], T]) -> Probe[T]:
        return Probe(lambda: collect(sdk(), access()), timeout_s=TIMEOUT_S)

    found: dict[Key[Any], Probe[Any]] = {
        # Takes what gives access: that nobody is logged in is what it has to tell.
        f.IDENTITY: Probe(lambda: sdk().identity(access), timeout_s=TIMEOUT_S),
        f.ACCOUNT: probe(lambda ask, google: ask.account(google)),
        f.BILLING: probe(lambda ask, google: ask.billing(google)),
        f.SERVICES: probe(lambda ask, google: ask.services(google, settings)),
        f.PERMISSIONS: probe(lambda ask, google: ask.permissions(google, settings, platform)),
        f.ZONE_PERMISSIONS: probe(lambda ask, google: ask.zone_permissions(google, settings)),
        f.POLICIES: probe(lambda ask, google: ask.policies(google, settings, platform)),
        f.OFFERS: probe(lambda ask, google: ask.offers(google, platform)),
        f.VERSIONS: probe(lambda ask, google: ask.versions(google, platform)),
        f.ZONE: probe(lambda ask, google: ask.zone(google, settings)),
        f.SUBNETWORK: probe(lambda ask, google: ask.subnetwork(google, platform)),
        f.NAMES: probe(lambda ask, google: ask.names(google, settings, platform, given.address is not None)),
        f.REGIONAL_QUOTAS: probe(lambda ask, google: ask.regional(google, settings, platform)),
        f.GLOBAL_QUOTAS: probe(lambda ask, google: ask.everywhere(google, settings, platform)),
    }
    # What `up` makes is there to be looked at only after it.
    if given.kubeconfig and isinstance(settings.registry, ArtifactRegistry):
        found[r.RETENTION] = probe(lambda ask, google: ask.retention(google, settings, platform))
    return found


def _import() -> Any:
    from binder_deploy.checks.probes.google import ask

    return ask
