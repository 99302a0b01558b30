"""By what id a cloud has a thing that a run wanted to make, and whether what it has is ours.

Ids are those by which the providers' `import` takes a resource: an interface that they keep.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from binder_deploy.settings.names import OWNER_LABEL

Props = Mapping[str, Any]

IDS: Mapping[str, str] = {
    "gcp:compute/network:Network": "projects/{project}/global/networks/{name}",
    "gcp:compute/subnetwork:Subnetwork": "projects/{project}/regions/{region}/subnetworks/{name}",
    "gcp:compute/router:Router": "projects/{project}/regions/{region}/routers/{name}",
    "gcp:compute/routerNat:RouterNat": "{project}/{region}/{router}/{name}",
    "gcp:compute/address:Address": "projects/{project}/regions/{region}/addresses/{name}",
    "gcp:container/cluster:Cluster": "projects/{project}/locations/{location}/clusters/{name}",
    "gcp:container/nodePool:NodePool": "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}",
    "gcp:artifactregistry/repository:Repository": "projects/{project}/locations/{location}/repositories/{repositoryId}",
    "gcp:serviceaccount/account:Account":
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
    "gcp:dns/recordSet:RecordSet": "projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}",
    "aws:eks/cluster:Cluster": "{name}",
    "aws:eks/nodeGroup:NodeGroup": "{clusterName}:{nodeGroupName}",
    "aws:eks/addon:Addon": "{clusterName}:{addonName}",
    "aws:eks/accessEntry:AccessEntry": "{clusterName}:{principalArn}",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "{clusterName}#{principalArn}#{policyArn}",
    "aws:iam/role:Role": "{name}",
    "aws:cloudwatch/logGroup:LogGroup": "{name}",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "{prefix}",
    "aws:budgets/budget:Budget": "{accountId}:{name}",
    "aws:route53/record:Record": "{zoneId}_{name}_{type}",
    "aws:ec2/route:Route": "{routeTableId}_{destinationCidrBlock}",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "{subnetId}/{routeTableId}",
}  # fmt: skip
"""Type → its id, made of its inputs, where the name is ours to give and taken by the first who gives it, or where it is
told by what it ties together."""

PREFIXES: Mapping[str, str] = {
    "aws:ec2/vpc:Vpc": "vpc-",
    "aws:ec2/subnet:Subnet": "subnet-",
    "aws:ec2/internetGateway:InternetGateway": "igw-",
    "aws:ec2/routeTable:RouteTable": "rtb-",
    "aws:ec2/eip:Eip": "eipalloc-",
    "aws:ec2/natGateway:NatGateway": "nat-",
    "aws:ec2/securityGroup:SecurityGroup": "sg-",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt-",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "a-",
    "gcp:monitoring/notificationChannel:NotificationChannel": "projects/",
    "gcp:billing/budget:Budget": "billingAccounts/",
}
"""Type → how its ids begin, where the cloud numbers its things: they are found by their tags, or by what they are
called."""
_WITHIN: Mapping[str, str] = {"aws:eks/podIdentityAssociation:PodIdentityAssociation": "{clusterName},{number}"}
"""Type → its id where the number alone is none."""

REPEATABLE = frozenset(
    {
        "gcp:projects/service:Service",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:serviceaccount/iAMMember:IAMMember",
        "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:ec2/tag:Tag",
        "aws:autoscaling/tag:Tag",
    }
)
"""Types that are members of a set: to ask for one that is there already is no error, and makes no second one."""

_PART_OF: Mapping[str, str] = {
    "gcp:compute/routerNat:RouterNat": "router",
    "gcp:container/nodePool:NodePool": "cluster",
    "aws:eks/nodeGroup:NodeGroup": "clusterName",
    "aws:eks/addon:Addon": "clusterName",
    "aws:eks/accessEntry:AccessEntry": "clusterName",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "clusterName",
    "aws:ec2/route:Route": "routeTableId",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "routeTableId",
}
"""Type → output with the name of what it is a part of: whose that is, it is, too."""
_LEADS_TO: Mapping[str, str] = {"gcp:dns/recordSet:RecordSet": "rrdatas", "aws:route53/record:Record": "records"}
"""Records carry no mark: those that lead to our own address are ours."""
_LABELS = ("labels", "effectiveLabels", "resourceLabels", "userLabels", "tags", "tagsAll", "resourceTags")
_UNMARKED: Mapping[str, str] = {"gcp:billing/budget:Budget": "displayName"}
"""Type → output that says whose it is: it takes no mark, and was only looked for where it counts for our project."""


def id_of(type: str, inputs: Props) -> str | None:
    """Id of what would be made of these inputs; None where it does not follow from them."""
    pattern = IDS.get(type)
    if pattern is None:
        return None
    # What another resource handed over is a path where an id wants its last part.
    named = {key: value.rsplit("/", 1)[-1] if key in ("router", "cluster", "managedZone") else value
             for key, value in inputs.items() if isinstance(value, str)}  # fmt: skip
    try:
        return pattern.format_map(named)
    except KeyError:
        return None


def called(type: str, inputs: Props) -> str:
    """By what a thing that the cloud numbers is told from others of ours; empty: by nothing."""
    return str(inputs.get("displayName") or (inputs.get("tags") or {}).get("Name") or "")


def numbered(type: str, inputs: Props, number: str) -> str:
    """Id of what the cloud gave this number."""
    return _WITHIN.get(type, "{number}").format_map({**inputs, "number": number})


def is_ours(type: str, found: Props, deployment: str, known: Collection[str]) -> bool:
    """Whether the cloud says so: by our label, our mark in the description, or because it hangs on what is ours.

    `found`: what the provider read. `known`: names, ids and addresses of what is in the state.
    """
    if str(found.get("description") or "").strip() == f"{OWNER_LABEL}={deployment}":
        return True
    if any((found.get(field) or {}).get(OWNER_LABEL) == deployment for field in _LABELS):
        return True
    if name := _UNMARKED.get(type):
        return str(found.get(name)).startswith(f"{deployment}-")
    if whole := _PART_OF.get(type):
        return str(found.get(whole)).rsplit("/", 1)[-1] in known
    leads = found.get(_LEADS_TO.get(type, "")) or ()
    return bool(leads) and set(leads) <= set(known)
