"""Which probe answers for which fact."""

from __future__ import annotations

from typing import Any

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe, Withheld
from binder_deploy.checks.probes import (
    acme,
    aws,
    cloudflare,
    dns,
    github,
    google,
    launch,
    living,
    local,
    registry,
    rendered,
    schemas,
    tls,
    web,
)
from binder_deploy.checks.runner import Probes

_BEYOND_A_REHEARSAL = {key for check in CATALOGUE for key in check.needs if key.beyond}


def probes_for(given: Given) -> Probes:
    """The probes that what is given allows; a check whose facts have none says that they were not asked.

    Raises what the Kubernetes client raises for an unusable kubeconfig.
    """
    probes: dict[Key[Any], Probe[Any] | Withheld] = {
        **local.probes(given),
        **github.probes(given),
        **google.probes(given),
        **aws.probes(given),
        **registry.probes(given),
        **schemas.probes(given),
        **rendered.probes(given),
        **living.probes(given),
        **launch.probes(given),
        **web.probes(given),
        **dns.probes(given),
        **cloudflare.probes(given),
        **acme.probes(given),
        **tls.probes(given),
    }
    if given.kubeconfig:
        # Here, not above: importing the Kubernetes client takes most of a second.
        from binder_deploy.checks.probes import dry_run, existing, releases
        from binder_deploy.checks.probes.cluster import cluster_probes
        from binder_deploy.checks.probes.pods import network

        probes |= cluster_probes(given.kubeconfig, given.simulated)
        for family in (dry_run, releases, network, existing):
            probes |= family.probes(given)
    if given.simulated:
        probes |= {key: Withheld(key.beyond) for key in _BEYOND_A_REHEARSAL}
    return probes
