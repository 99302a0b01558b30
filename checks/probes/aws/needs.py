"""What whoever runs `up` and `down` must be allowed to do.

The table follows the program's resources (components/eks): creating, reading, changing and removing each of them. What
only the checks and the sweep read is not in it: a check that cannot ask says so itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from binder_deploy.settings.address import Route53
from binder_deploy.settings.eks import Eks, ManagedVpc
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import Ecr


@dataclass(frozen=True)
class Need:
    """Actions for one purpose."""

    purpose: str
    actions: tuple[str, ...]
    resource: str = "*"
    """An ARN of ours that stands for what is acted upon; `{partition}`, `{region}`, `{account}` and `{name}` are the
    deployment's. `*` where rights are hardly ever given for single things."""
    passed_to: str = ""
    """The service that a role is handed to, for `iam:PassRole`."""


def _all(service: str, *actions: str) -> tuple[str, ...]:
    return tuple(f"{service}:{action}" for action in actions)


def _life(service: str, thing: str, *verbs: str) -> tuple[str, ...]:
    return tuple(f"{service}:{verb}{thing}" for verb in (verbs or ("Create", "Describe", "Update", "Delete")))


_ROLE = "arn:{partition}:iam::{account}:role/{name}-cluster"
_ADDRESSES = Need("the public addresses", _all("ec2", "AllocateAddress", "DescribeAddresses", "ReleaseAddress"))
_TAGS = Need("tags", _all("ec2", "CreateTags", "DeleteTags", "DescribeTags"))
_NETWORK = Need(
    "the network",
    (
        *_all("ec2", "CreateVpc", "DescribeVpcs", "DescribeVpcAttribute", "ModifyVpcAttribute", "DeleteVpc"),
        *_all("ec2", "CreateSubnet", "DescribeSubnets", "DeleteSubnet", "DescribeAvailabilityZones"),
        *_all("ec2", "CreateInternetGateway", "AttachInternetGateway", "DescribeInternetGateways"),
        *_all("ec2", "DetachInternetGateway", "DeleteInternetGateway"),
        *_all("ec2", "CreateNatGateway", "DescribeNatGateways", "DeleteNatGateway"),
        *_all("ec2", "CreateRouteTable", "DescribeRouteTables", "DeleteRouteTable", "CreateRoute", "DeleteRoute"),
        *_all("ec2", "AssociateRouteTable", "DisassociateRouteTable"),
    ),
)
_ROLES = Need(
    "the roles",
    (
        *_life("iam", "Role", "Create", "Get", "Tag", "Delete"),
        *_all("iam", "UpdateAssumeRolePolicy", "ListInstanceProfilesForRole"),
        *_life("iam", "RolePolicy", "Put", "Get", "Delete"),
        *_all("iam", "ListRolePolicies", "AttachRolePolicy", "DetachRolePolicy", "ListAttachedRolePolicies"),
    ),
    _ROLE,
)
_PASS = Need("a cluster that acts in its role", ("iam:PassRole",), _ROLE, "eks.amazonaws.com")
_LEND = Need(
    "pods that act in their roles",
    ("iam:PassRole",),
    "arn:{partition}:iam::{account}:role/{name}-ebs-csi",
    "pods.eks.amazonaws.com",
)
_SUBNETS = Need("the subnets that are there", ("ec2:DescribeSubnets",))
_LINKED = Need(
    "the roles of AWS's own services",
    ("iam:CreateServiceLinkedRole",),
    "arn:{partition}:iam::{account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
)
_LOG = Need(
    "the control plane's log",
    (
        *_life("logs", "LogGroup", "Create", "Delete"),
        *_all("logs", "PutRetentionPolicy", "ListTagsForResource", "TagResource"),
    ),
    "arn:{partition}:logs:{region}:{account}:log-group:/aws/eks/{name}/cluster",
)
_LOGS = Need("the control plane's log", ("logs:DescribeLogGroups",))
_CLUSTER = Need(
    "the cluster",
    (
        *_all("eks", "CreateCluster", "DescribeCluster", "UpdateClusterConfig", "UpdateClusterVersion"),
        *_all("eks", "DeleteCluster", "TagResource", "DescribeUpdate"),
        *_life("eks", "AccessEntry"),
        *_all("eks", "AssociateAccessPolicy", "ListAssociatedAccessPolicies", "DisassociateAccessPolicy"),
        *_life("eks", "Addon"),
        *_life("eks", "PodIdentityAssociation"),
    ),
    "arn:{partition}:eks:{region}:{account}:cluster/{name}",
)
_VERSIONS = Need("the add-ons' versions", ("eks:DescribeAddonVersions",))
_GROUPS = Need(
    "the node groups",
    (
        *_life("eks", "Nodegroup", "Create", "Describe", "Delete"),
        *_all("eks", "UpdateNodegroupConfig", "UpdateNodegroupVersion"),
    ),
    "arn:{partition}:eks:{region}:{account}:nodegroup/{name}/core/0",
)
_MACHINES = Need(
    "the machines of the node groups",
    (
        *_all("ec2", "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate"),
        *_all("ec2", "DescribeLaunchTemplates", "DescribeLaunchTemplateVersions", "DeleteLaunchTemplate"),
        # EKS refuses a launch template to whoever may not start machines.
        "ec2:RunInstances",
        *_all("autoscaling", "CreateOrUpdateTags", "DescribeTags", "DeleteTags", "DescribeAutoScalingGroups"),
    ),
)
_REGISTRY = Need("the registry", _life("ecr", "RepositoryCreationTemplate"))
_REGISTRY_ROLE = Need(
    "a registry that acts in its role",
    ("iam:PassRole",),
    "arn:{partition}:iam::{account}:role/{name}-repositories",
    "ecr.amazonaws.com",
)
_BUDGET = Need(
    "the budget",
    _all("budgets", "ModifyBudget", "ViewBudget", "ListTagsForResource", "TagResource"),
    "arn:{partition}:budgets::{account}:budget/{name}-budget",
)
_CHANGES = Need("the DNS records", ("route53:GetChange",), "arn:{partition}:route53:::change/C0")


def needs(settings: Settings, platform: Eks) -> Iterator[Need]:
    """What the program needs in the account."""
    yield from (_ADDRESSES, _TAGS, _ROLES, _PASS, _LEND, _LINKED, _LOG, _LOGS, _CLUSTER, _VERSIONS, _GROUPS, _MACHINES)
    yield _NETWORK if isinstance(platform.network, ManagedVpc) else _SUBNETS
    if isinstance(settings.registry, Ecr):
        yield from (_REGISTRY, _REGISTRY_ROLE)
    if settings.budget:
        yield _BUDGET


def zone_needs(dns: Route53) -> tuple[Need, ...]:
    """What it needs to change records."""
    of_zone = _all("route53", "ChangeResourceRecordSets", "ListResourceRecordSets", "GetHostedZone")
    return Need("the DNS records", of_zone, f"arn:{{partition}}:route53:::hostedzone/{dns.zone_id}"), _CHANGES
