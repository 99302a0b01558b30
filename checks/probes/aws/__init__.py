"""What an AWS account is, allows and has left, asked before anything is made. Nothing is ever changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from binder_deploy.checks.facts import account as f
from binder_deploy.checks.facts import registry as r
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.once import once
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import partition
from binder_deploy.settings.registry import Ecr

if TYPE_CHECKING:
    from binder_deploy.checks.probes.aws.access import Aws

T = TypeVar("T")

TIMEOUT_S = 60.0
"""Some facts are dozens of calls, and AWS slows down who asks much."""


def probes(given: Given, connect: Callable[[], Aws] | None = None) -> dict[Key[Any], Probe[Any]]:
    """A probe for each fact of the account that `platform` names; none on another platform.

    `connect` gives access to AWS; left out, as whoever is logged in here. It is called once, by the first probe that
    runs. Nothing but who is logged in is asked of an account that is not the settings'.
    """
    settings, platform = given.settings, given.settings.platform
    if not isinstance(platform, Eks):
        return {}
    sdk = once(_import)
    access = once(connect or (lambda: sdk().login(platform.account, platform.region, partition(platform.region))))
    known = once(lambda: sdk().account(access(), platform))

    def probe(collect: Callable[[Any, Aws], T]) -> Probe[T]:
        def asked() -> T:
            if problem := known().problem:
                raise PermissionError(f"{known().setting}: {problem}")
            return collect(sdk(), access())

        return Probe(asked, timeout_s=TIMEOUT_S)

    found: dict[Key[Any], Probe[Any]] = {
        # Takes what gives access: that nobody is logged in is what it has to tell.
        f.IDENTITY: Probe(lambda: sdk().identity(access), timeout_s=TIMEOUT_S),
        f.ACCOUNT: Probe(known, timeout_s=TIMEOUT_S),
        # AWS switches nothing on one by one, and tells nobody who pays, or which policies an organisation has.
        f.BILLING: Probe(lambda: None),
        f.SERVICES: Probe(lambda: None),
        f.POLICIES: Probe(lambda: None),
        f.PERMISSIONS: probe(lambda ask, aws: ask.permissions(aws, settings, platform)),
        f.ZONE_PERMISSIONS: probe(lambda ask, aws: ask.zone_permissions(aws, settings)),
        f.OFFERS: probe(lambda ask, aws: ask.offers(aws, platform)),
        f.VERSIONS: probe(lambda ask, aws: ask.versions(aws, platform)),
        f.ZONE: probe(lambda ask, aws: ask.zone(aws, settings)),
        f.SUBNETWORK: probe(lambda ask, aws: ask.vpc(aws, settings, platform)),
        f.NAMES: probe(lambda ask, aws: ask.names(aws, settings, given.address is not None)),
        f.REGIONAL_QUOTAS: probe(lambda ask, aws: ask.regional(aws, settings, platform)),
        f.GLOBAL_QUOTAS: probe(lambda ask, aws: ask.everywhere(aws, settings)),
    }
    # What `up` makes is there to be looked at only after it.
    if given.kubeconfig and isinstance(settings.registry, Ecr):
        found[r.CREATION] = probe(lambda ask, aws: ask.creation(aws, settings))
        found[r.RETENTION] = probe(lambda ask, aws: ask.retention(aws, settings))
    return found


def _import() -> Any:
    from binder_deploy.checks.probes.aws import ask

    return ask
