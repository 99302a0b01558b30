"""The cluster's versions: what runs, what the settings want, how long it is supported."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.checks.kubernetes_support import support
from binder_deploy.checks.rules.releases import minor_of
from binder_deploy.cli.flows.told import Kubernetes
from binder_deploy.ops.versions import versions
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings


def kubernetes(settings: Settings, kubeconfig: Path) -> Kubernetes:
    """Ask the cluster; whether these go together is a check's to say. Raises `ClusterSilent`."""
    server, pools = versions(kubeconfig, minor_of)
    ends = support(settings.platform.kind, minor_of(server))
    return Kubernetes(server=server, pools=pools, wanted=_wanted(settings), support=ends)


def _wanted(settings: Settings) -> str:
    match settings.platform:
        case Eks(kubernetes=version):
            return f"platform.kubernetes {version}"
        case Gke(release_channel=channel):
            return f"platform.release_channel {channel}: Google upgrades it, a new node before an old one goes"
    return ""
