"""The sweep on AWS: what of a deployment still exists after `down`.

Asks the cloud, not the state: what controllers and pushes made (load balancers, disks, repositories) was never in it.
Something is ours by our tag or our cluster's, by its exact physical name, or because it is in our VPC. A disk that a
cluster's controller made for a namespace of ours, without further proof, counts only if no cluster is left in the
region that could still own it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from binder_deploy.ops.leftovers.asking import NoCredentials, NotAsked
from binder_deploy.ops.leftovers.aws_api import AwsApi
from binder_deploy.ops.leftovers.aws_kinds import Kind, Thing, kinds
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.leftovers import Leftover, Sweep, Unasked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    MONITORING_NAMESPACE,
    OWNER_LABEL,
    TRAEFIK_NAMESPACE,
    Names,
)

_NAMESPACES = {BINDER_NAMESPACE, TRAEFIK_NAMESPACE, CERT_MANAGER_NAMESPACE, MONITORING_NAMESPACE}
_CLUSTER_TAGS = (
    "elbv2.k8s.aws/cluster",
    "cluster.k8s.amazonaws.com/name",
    "aws:eks:cluster-name",
    "eks:cluster-name",
)
"""Set by the load balancer controller, the VPC CNI and EKS itself; the value is the cluster's name."""
_AT_ONCE = 12


def sweep(settings: Settings, api: AwsApi) -> Sweep:
    """Everything of this deployment that still exists in its account and region, and every kind that could not be
    asked.

    An API that refuses or does not answer raises nothing: that kind is then `Unasked`, never none. Raises
    `NoCredentials` when nobody is logged in, or in another account, where nothing would be found.
    """
    platform, who = narrowed(settings.platform, Eks), api.account()
    if who != platform.account:
        raise NoCredentials(
            f"platform.account: these credentials belong to account {who}, not {platform.account}, so nothing was "
            f"looked for; log in to {platform.account} (AWS_PROFILE chooses the login)"
        )
    asked = kinds(settings, api)
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="sweep") as pool:
        answers = dict(zip(asked, pool.map(_ask, asked), strict=True))
    unasked = tuple(Unasked(kind.name, answer) for kind, answer in answers.items() if isinstance(answer, str))
    things = {kind: answer for kind, answer in answers.items() if not isinstance(answer, str)}
    by_name = {kind.name: answer for kind, answer in things.items()}
    owner = _Owner(
        settings.name,
        Names(settings.name).cluster,
        vpcs=frozenset(v.name for v in by_name.get("VPC", ()) if v.tags.get(OWNER_LABEL) == settings.name),
        alone=by_name.get("cluster") == (),
    )
    found = tuple(
        _leftover(kind, thing, reason, api.region)
        for kind, every in things.items()
        for thing in every
        if (reason := owner.reason(kind, thing))
    )
    return Sweep(found, unasked)


def _ask(kind: Kind) -> tuple[Thing, ...] | str:
    """The things, or why they could not be had."""
    try:
        return tuple(kind.list())
    except NotAsked as why:
        return str(why)


@dataclass(frozen=True)
class _Owner:
    """Tells ours from other people's."""

    deployment: str
    cluster: str
    vpcs: frozenset[str]
    alone: bool
    """No cluster is left in the region: what controllers made has no other owner."""

    def reason(self, kind: Kind, thing: Thing) -> str:
        """Why it is ours, or nothing."""
        tags = thing.tags
        if OWNER_LABEL in tags:
            return f"tag {OWNER_LABEL}={self.deployment}" if tags[OWNER_LABEL] == self.deployment else ""
        for key in _CLUSTER_TAGS:
            if tags.get(key) == self.cluster:
                return f"tag {key}={self.cluster}"
        # `shared` is on subnets that a cluster only uses.
        if tags.get(f"kubernetes.io/cluster/{self.cluster}") == "owned":
            return f"tag kubernetes.io/cluster/{self.cluster}=owned"
        if thing.name in kind.names or (kind.prefix and thing.name.startswith(kind.prefix)):
            return "named as this deployment names it"
        if thing.vpc in self.vpcs:
            return f"in our VPC {thing.vpc}"
        namespace = tags.get("kubernetes.io/created-for/pvc/namespace", "")
        if self.alone and namespace in _NAMESPACES:
            claim = tags.get("kubernetes.io/created-for/pvc/name", "")
            return f"made by a cluster for {namespace}/{claim}, and no cluster is left in the region"
        return ""


def _leftover(kind: Kind, thing: Thing, reason: str, region: str) -> Leftover:
    arguments = kind.remove.replace("{id}", thing.id or thing.name)
    return Leftover(
        kind=thing.kind or kind.name,
        name=thing.name,
        reason=f"{reason}; {kind.cost}",
        command=f"aws {arguments} --region {region}" if arguments else "",
        id=thing.id or thing.name,
        called=thing.tags.get("Name", ""),
    )
