"""The cluster's version of Kubernetes: with its nodes', with the settings', and with what its cloud still supports."""

from __future__ import annotations

from datetime import timedelta

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.kubernetes_support import refused_step, support
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.rules.releases import minor_of
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.gke import Gke

SUPPORT_LEFT = timedelta(days=60)
"""Enough to choose a quiet hour, also where a term lies ahead."""
_NO_CLUSTER = Skipped("not applicable", "there is no cluster yet")


def versions_go_together(facts: Facts) -> Verdict:
    """The nodes' versions are ones that their control plane takes, and one that the settings want can be had."""
    platform, found = facts[f.SETTINGS].platform, facts[living.MINORS]
    if found is None:
        return _NO_CLUSTER
    server = found.server
    wanted = minor_of(platform.kubernetes) if isinstance(platform, Eks) else server
    refused = refused_step(server, wanted, found.pools)
    if refused is None:
        return Passed(f"control plane at 1.{server}")
    if wanted != server:
        return Failed(f"platform.kubernetes: 1.{wanted} cannot be had: {refused.why}", refused.remedy)
    return Failed(refused.why, refused.remedy)


def still_supported(facts: Facts) -> Verdict:
    """The cloud's standard support of what runs does not end soon: then it upgrades the cluster when it chooses."""
    platform, found = facts[f.SETTINGS].platform, facts[living.MINORS]
    if found is None:
        return _NO_CLUSTER
    if isinstance(platform, Eks):
        return Skipped("not applicable", "BD-ACC-014 asks AWS itself")
    if not isinstance(platform, Gke):
        return Skipped("not applicable", "how long the cluster's version is supported, who runs it knows")
    minor = found.server
    known = support(platform.kind, minor)
    if known is None:
        return Skipped("unknown", f"until when Kubernetes 1.{minor} is supported is not known here")
    left = known.ends - facts[living.NOW].date()
    source = f"{known.source}, read on {known.read}"
    if left >= SUPPORT_LEFT:
        return Passed(f"1.{minor} until {known.ends}", source)
    when = f"ends on {known.ends}, in {left.days} days" if left.days >= 0 else f"ended on {known.ends}"
    return Failed(
        f"the cluster runs Kubernetes 1.{minor}, whose standard support {when}; then Google upgrades it whatever "
        "stands in the way, or it goes on without fixes",
        "look what keeps the cluster back: a maintenance exclusion (`gcloud container clusters describe NAME`), or "
        f"platform.release_channel: {platform.release_channel}; upgrade it at a quiet hour "
        "(`gcloud container clusters upgrade NAME --master`, then each node pool)",
        source,
    )
