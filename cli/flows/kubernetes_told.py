"""The cluster's versions: what runs, what the settings want, how long it is supported."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.checks.kubernetes_support import refused_step, support
from binder_deploy.checks.rules.releases import minor_of
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.told import Kubernetes
from binder_deploy.ops.versions import versions
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings


def kubernetes(settings: Settings, kubeconfig: Path) -> Kubernetes:
    """Ask the cluster. Raises `ClusterSilent`, and `Refused` for a step that the cloud would refuse."""
    server, pools = versions(kubeconfig, minor_of)
    platform = settings.platform
    if isinstance(platform, Eks):
        minors = {pool: minor_of(version) for pool, version in pools.items()}
        if why := refused_step(minor_of(server), minor_of(platform.kubernetes), minors):
            raise Refused(f"platform.kubernetes: {platform.kubernetes} cannot be had: {why}")
    return Kubernetes(
        server=server, pools=pools, wanted=_wanted(settings), support=support(platform.kind, minor_of(server))
    )


def _wanted(settings: Settings) -> str:
    match settings.platform:
        case Eks(kubernetes=version):
            return f"platform.kubernetes {version}"
        case Gke(release_channel=channel):
            return f"platform.release_channel {channel}: Google upgrades it, a new node before an old one goes"
    return ""
