"""Physical names of an EKS deployment that are not among `names.Names`: what AWS wants to be unique."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names
from binder_deploy.settings.registry import Ecr

ROLES = ("cluster", "nodes", "ebs-csi", "load-balancer", "autoscaler")
"""Parts of the roles' names, behind the deployment's. Unique in the account."""
PUSH_ROLES = ("push", "repositories")
"""The same, only with ECR: who pushes, and in whose name a first push makes a repository."""
POOLS = ("core", "user", "build")
WITHOUT_EKS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
"""Zones in which EKS puts no control plane and whose subnets it refuses, by the ids that are the same for everybody.
Source: EKS user guide, "Subnet requirements for clusters"."""


def roles(settings: Settings) -> tuple[str, ...]:
    """Names of the IAM roles that the deployment makes."""
    parts = (*ROLES, *PUSH_ROLES) if isinstance(settings.registry, Ecr) else ROLES
    return tuple(Names(settings.name).of(part) for part in parts)


def log_group(settings: Settings) -> str:
    """Where the control plane logs. EKS gives the name."""
    return f"/aws/eks/{Names(settings.name).cluster}/cluster"


def launch_templates(settings: Settings) -> Iterator[str]:
    """One for each node group."""
    return (Names(settings.name).of(role) for role in POOLS)


def load_balancer(settings: Settings) -> str:
    """The network load balancer in front of the service. A name of its own: were it the cluster's, too, one that is
    left over would be taken for what the state knows."""
    return Names(settings.name).of("entry")


def repositories(settings: Settings) -> str:
    """What the name of every repository begins with."""
    return f"{settings.name}/"


def budget(settings: Settings) -> str:
    """The budget, if there is one."""
    return Names(settings.name).of("budget")


def partition(region: str) -> str:
    """The part of AWS that a region belongs to, as ARNs write it."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
