"""IAM's documents: whether they are well formed, whom they trust, what they allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from binder_deploy.rehearsal.clouds.aws import rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Problem

MANAGED: dict[str, tuple[str, ...]] = {
    "AmazonEKSClusterPolicy": (
        "autoscaling:*", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup", "ec2:CreateTags", "ec2:Describe*", "elasticloadbalancing:*", "kms:DescribeKey",
    ),
    "AmazonEKSVPCResourceController": ("ec2:*NetworkInterface*", "ec2:*PrivateIpAddresses"),
    "AmazonEKSWorkerNodePolicy": ("ec2:Describe*", "eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"),
    "AmazonEKSWorkerNodeMinimalPolicy": ("ec2:Describe*", "eks-auth:AssumeRoleForPodIdentity"),
    "AmazonEC2ContainerRegistryPullOnly": (
        "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ),
    "AmazonEC2ContainerRegistryReadOnly": ("ecr:Get*", "ecr:BatchGetImage", "ecr:Describe*", "ecr:List*"),
    "AmazonEC2ContainerRegistryPowerUser": ("ecr:*",),
    "AmazonEKS_CNI_Policy": (
        "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface", "ec2:Describe*", "ec2:CreateTags", "ec2:UnassignPrivateIpAddresses",
    ),
    "AmazonSSMManagedInstanceCore": ("ssm:*", "ssmmessages:*", "ec2messages:*"),
    "CloudWatchAgentServerPolicy": ("cloudwatch:PutMetricData", "logs:*"),
    "service-role/AmazonEBSCSIDriverPolicy": (
        "ec2:AttachVolume", "ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume", "ec2:DeleteSnapshot",
        "ec2:DeleteVolume", "ec2:Describe*", "ec2:DetachVolume", "ec2:ModifyVolume",
    ),
}  # fmt: skip
"""Policies that AWS keeps → what they allow, as far as a rehearsal asks. Another one is added here."""

PREFIX = "arn:aws:iam::aws:policy/"
POD_IDENTITY = "pods.eks.amazonaws.com"
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")


def trust(text: Any, path: str) -> Iterator[Problem]:
    """A document that says who may take a role."""
    yield from _document(text, path, "Principal")


def identity(text: Any, path: str) -> Iterator[Problem]:
    """A document that says what a role may do."""
    yield from _document(text, path, "Resource")


def _document(text: Any, path: str, about: str) -> Iterator[Problem]:
    document, wrong = rules.parsed(text, path)
    yield from wrong
    if document is None:
        return
    if not isinstance(document, dict) or not document.get("Statement"):
        yield Problem(path, "MalformedPolicyDocument: has no Statement")
        return
    if document.get("Version") not in ("2012-10-17", "2008-10-17"):
        yield Problem(path, f"MalformedPolicyDocument: Version {document.get('Version')!r} is none of IAM's")
    other = "Resource" if about == "Principal" else "Principal"
    for i, statement in enumerate(_list(document["Statement"])):
        where = f"{path}: statement {i}"
        if statement.get("Effect") not in ("Allow", "Deny"):
            yield Problem(path, f"{where}: Effect must be Allow or Deny")
        if about not in statement and f"Not{about}" not in statement:
            yield Problem(path, f"{where}: has no {about}")
        if other in statement:
            yield Problem(path, f"{where}: must not have a {other}")
        for action in _list(statement.get("Action") or statement.get("NotAction")):
            if not _ACTION.fullmatch(str(action)):
                yield Problem(path, f"{where}: {action!r} is not an action (service:Action)")
        if not statement.get("Action") and not statement.get("NotAction"):
            yield Problem(path, f"{where}: has no Action")


def trusts(role: Record, service: str, *actions: str) -> bool:
    """Whether a service may take a role by these actions."""
    for statement in _list(json.loads(role.outputs["assumeRolePolicy"])["Statement"]):
        principal = statement.get("Principal")
        services = _list(principal.get("Service")) if isinstance(principal, dict) else [principal]
        allowed = _list(statement.get("Action"))
        every = all(any(fnmatchcase(action, pattern) for pattern in allowed) for action in actions)
        if statement["Effect"] == "Allow" and every and (service in services or "*" in services):
            return True
    return False


def role(cloud: Cloud, reference: str) -> Record | None:
    """A role by its ARN or name."""
    return cloud.get("iam/role", reference.rsplit("/", 1)[-1])


def role_for(cloud: Cloud, reference: str, operation: str, service: str, *actions: str) -> Record:
    """The role, which must exist and trust the service. Raises `ApiError`."""
    record = role(cloud, reference)
    if record is None or record.outputs["arn"] != reference:
        raise words.refused(operation, "InvalidParameterException", f"Role with arn: {reference}, could not be found")
    if not trusts(record, service, *(actions or ("sts:AssumeRole",))):
        raise words.refused(
            operation, "InvalidParameterException",
            f"Role with arn: {reference}, could not be assumed because it does not exist or the trusted entity is not "
            f"correct: {service} must be allowed {' and '.join(actions or ('sts:AssumeRole',))}",
        )  # fmt: skip
    return record


def attached(cloud: Cloud, role: Record) -> set[str]:
    """ARNs of the managed policies of a role."""
    found = cloud.of_type("iam/rolePolicyAttachment")
    return {str(r.outputs["policyArn"]) for r in found if r.outputs["role"] == role.name}


def allows(cloud: Cloud, reference: str, action: str) -> bool:
    """Whether a role may do something, to whatever resource: conditions and resources are not weighed."""
    found = role(cloud, reference)
    if found is None:
        return False
    patterns = [p for a in attached(cloud, found) for p in MANAGED.get(a.removeprefix(PREFIX), ())]
    for record in cloud.of_type("iam/rolePolicy"):
        if record.outputs["role"] == found.name:
            for statement in _list(json.loads(record.outputs["policy"])["Statement"]):
                if statement["Effect"] == "Allow":
                    patterns += _list(statement.get("Action"))
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
