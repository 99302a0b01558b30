"""Roles of the cluster, its nodes, and its pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi import Input
from pulumi_aws import eks, iam

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.handles import RoleHandle
from binder_deploy.components.eks.policies import trust
from binder_deploy.components.eks.tags import tagged
from binder_deploy.components.handles import ClusterHandle


@dataclass(frozen=True, kw_only=True)
class RoleArgs(Args):
    """Inputs of `Role`."""

    role: str
    """Physical name, unique in the account."""
    description: str
    service: str
    """Who takes the role: `eks.amazonaws.com`."""
    managed: Mapping[str, str] = field(default_factory=dict)
    """Key → ARN of policies that AWS keeps."""
    policy: str | None = None
    """A policy of our own: JSON."""
    tags: Mapping[str, str]


class Role(pulumi.ComponentResource):
    """A role with its rights."""

    handle: RoleHandle

    def __init__(self, name: str, args: RoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Role", name, inputs(args), opts)
        role = iam.Role(
            f"{name}-role",
            name=args.role,
            description=args.description,
            assume_role_policy=trust(args.service),
            tags=tagged(args.tags, args.role),
            opts=named(self, args.after),
        )
        rights: list[pulumi.Resource] = [
            iam.RolePolicyAttachment(f"{name}-{key}", role=role.name, policy_arn=arn, opts=named(self))
            for key, arn in args.managed.items()
        ]
        if args.policy is not None:
            rights.append(
                iam.RolePolicy(f"{name}-policy", name=args.role, role=role.name, policy=args.policy, opts=named(self))
            )
        self.handle = RoleHandle(name=role.name, arn=role.arn, ready=tuple(rights))
        self.register_outputs({"arn": role.arn})


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs(Args):
    """Inputs of `PodIdentity`."""

    cluster: ClusterHandle
    namespace: str
    service_account: str
    """The Kubernetes service account; neither it nor its namespace need exist yet."""
    role: RoleHandle
    tags: Mapping[str, str]


class PodIdentity(pulumi.ComponentResource):
    """Lends a role to the pods of a service account. A pod gets it when it starts: come before the pod."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:PodIdentity", name, inputs(args), opts)
        self.ready = (
            eks.PodIdentityAssociation(
                f"{name}-association",
                cluster_name=args.cluster.name,
                namespace=args.namespace,
                service_account=args.service_account,
                role_arn=args.role.arn,
                tags=tagged(args.tags, f"{args.namespace}/{args.service_account}"),
                opts=named(self, [*args.after, *args.role.ready]),
            ),
        )
        self.register_outputs({"role": args.role.arn})


@dataclass(frozen=True, kw_only=True)
class AdminsArgs(Args):
    """Inputs of `Admins`."""

    cluster: ClusterHandle
    principals: Sequence[str]
    """ARNs of roles and users; whoever deploys must be among them."""
    policy: Input[str]
    """ARN of the right that they get."""
    tags: Mapping[str, str]


class Admins(pulumi.ComponentResource):
    """Who administers the cluster. What is in the cluster needs them: without one it can be neither made nor removed.

    Entries are told apart by the principal, not by why it is listed: another person who deploys, or who moves from
    one list to the other, then never collides with an entry that is still there.
    """

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: AdminsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Admins", name, inputs(args), opts)
        self.ready = tuple(self._admin(name, principal, args) for principal in sorted(set(args.principals)))
        self.register_outputs({"principals": list(args.principals)})

    def _admin(self, name: str, principal: str, args: AdminsArgs) -> pulumi.Resource:
        _, _, rest = principal.partition(":iam::")
        key = rest.replace(":", "/")
        entry = eks.AccessEntry(
            f"{name}-{key}",
            cluster_name=args.cluster.name,
            principal_arn=principal,
            type="STANDARD",
            tags=tagged(args.tags, key),
            opts=named(self, args.after),
        )
        return eks.AccessPolicyAssociation(
            f"{name}-{key}-admin",
            cluster_name=args.cluster.name,
            principal_arn=principal,
            policy_arn=args.policy,
            access_scope=eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=named(self, [entry]),
        )
