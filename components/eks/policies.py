"""Who may take a role, and what it may do: documents of AWS IAM as text. No more than each needs.

Sources: the actions that the controllers' own documentation lists, cut to what a network load balancer, three node
groups and one repository prefix need; conditions on the tags that the controllers themselves set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from binder_deploy.settings.eks_names import partition

POD_IDENTITY = "pods.eks.amazonaws.com"
"""The service that lends roles to pods."""
LB_CLUSTER_TAG = "elbv2.k8s.aws/cluster"
"""On everything that the load balancer controller makes; its value is the cluster's name."""
AUTOSCALER_TAG = "k8s.io/cluster-autoscaler"


def managed(region: str, name: str) -> str:
    """ARN of a policy that AWS keeps."""
    return f"arn:{partition(region)}:iam::aws:policy/{name}"


def trust(service: str) -> str:
    """Lets one service of AWS take the role."""
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if service == POD_IDENTITY else [])]
    return _document([{"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}])


def push(region: str, account: str, prefix: str) -> str:
    """Read and write images below the prefix, and nothing else; a first push makes its repository."""
    return _document(
        [
            # A login is for the whole registry; what it is good for is said below.
            _allow(["ecr:GetAuthorizationToken"], ["*"]),
            _allow(
                [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:CompleteLayerUpload",
                    "ecr:CreateRepository",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:InitiateLayerUpload",
                    "ecr:PutImage",
                    "ecr:UploadLayerPart",
                ],
                [repositories(region, account, prefix)],
            ),
        ]
    )


def create_repositories(region: str, account: str, prefix: str) -> str:
    """What the registry itself may do when a first push comes."""
    return _document([_allow(["ecr:CreateRepository", "ecr:TagResource"], [repositories(region, account, prefix)])])


def repositories(region: str, account: str, prefix: str) -> str:
    """ARN of every repository below the prefix."""
    return f"arn:{partition(region)}:ecr:{region}:{account}:repository/{prefix}/*"


def autoscaler(cluster: str) -> str:
    """See every group, change the size of this cluster's."""
    own = {"StringEquals": {f"aws:ResourceTag/{AUTOSCALER_TAG}/{cluster}": "owned"}}
    return _document(
        [
            _allow(
                [
                    "autoscaling:DescribeAutoScalingGroups",
                    "autoscaling:DescribeAutoScalingInstances",
                    "autoscaling:DescribeLaunchConfigurations",
                    "autoscaling:DescribeScalingActivities",
                    "ec2:DescribeImages",
                    "ec2:DescribeInstanceTypes",
                    "ec2:DescribeLaunchTemplateVersions",
                    "ec2:GetInstanceTypesFromInstanceRequirements",
                    "eks:DescribeNodegroup",
                ],
                ["*"],
            ),
            _allow(["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"], ["*"], own),
        ]
    )


def load_balancers(region: str, cluster: str) -> str:
    """Make network load balancers with their target groups and security groups; change and remove this cluster's."""
    mine = {"StringEquals": {f"aws:ResourceTag/{LB_CLUSTER_TAG}": cluster}}
    made_mine = {"StringEquals": {f"aws:RequestTag/{LB_CLUSTER_TAG}": cluster}}
    ec2, elb = (f"arn:{partition(region)}:{service}:{region}:*" for service in ("ec2", "elasticloadbalancing"))
    groups = [f"{ec2}:security-group/*"]
    balancers = [f"{elb}:loadbalancer/net/*/*", f"{elb}:targetgroup/*/*"]
    return _document(
        [
            _allow(
                [
                    *(
                        f"ec2:Describe{thing}"
                        for thing in (
                            "AccountAttributes", "Addresses", "AvailabilityZones", "Instances", "InternetGateways",
                            "NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "Tags",
                            "VpcPeeringConnections", "Vpcs",
                        )
                    ),
                    "ec2:GetSecurityGroupsForVpc",
                    *(
                        f"elasticloadbalancing:Describe{thing}"
                        for thing in (
                            "CapacityReservation", "ListenerAttributes", "ListenerCertificates", "Listeners",
                            "LoadBalancerAttributes", "LoadBalancers", "Rules", "SSLPolicies", "Tags",
                            "TargetGroupAttributes", "TargetGroups", "TargetHealth",
                        )
                    ),
                ],
                ["*"],
            ),
            # The first load balancer of an account.
            _allow(
                ["iam:CreateServiceLinkedRole"],
                ["*"],
                {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
            ),
            # Rules also go into the nodes' own security group, which EKS made and which has no tag of the controller's.
            _allow(["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"], groups),
            # A security group is made in a VPC, which has no tag of ours: the tag is asked for in the request.
            _allow(["ec2:CreateSecurityGroup"], [f"{ec2}:vpc/*"]),
            _allow(["ec2:CreateSecurityGroup"], groups, made_mine),
            _allow(
                ["ec2:CreateTags"],
                groups,
                {"StringEquals": {**made_mine["StringEquals"], "ec2:CreateAction": "CreateSecurityGroup"}},
            ),
            _allow(["ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteSecurityGroup"], groups, mine),
            _allow(
                ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"], ["*"], made_mine
            ),
            _allow(
                ["elasticloadbalancing:AddTags"],
                balancers,
                {
                    "StringEquals": {
                        **made_mine["StringEquals"],
                        "elasticloadbalancing:CreateAction": ["CreateLoadBalancer", "CreateTargetGroup"],
                    }
                },
            ),
            _allow(["elasticloadbalancing:CreateListener"], [f"{elb}:loadbalancer/net/*/*"]),
            # What a listener may be asked does not always tell its tags.
            _allow(
                [
                    "elasticloadbalancing:AddTags",
                    "elasticloadbalancing:DeleteListener",
                    "elasticloadbalancing:ModifyListener",
                    "elasticloadbalancing:ModifyListenerAttributes",
                    "elasticloadbalancing:RemoveTags",
                ],
                [f"{elb}:listener/net/*/*/*"],
            ),
            _allow(
                [
                    "elasticloadbalancing:AddTags",
                    "elasticloadbalancing:DeleteLoadBalancer",
                    "elasticloadbalancing:DeleteTargetGroup",
                    "elasticloadbalancing:DeregisterTargets",
                    "elasticloadbalancing:ModifyLoadBalancerAttributes",
                    "elasticloadbalancing:ModifyTargetGroup",
                    "elasticloadbalancing:ModifyTargetGroupAttributes",
                    "elasticloadbalancing:RegisterTargets",
                    "elasticloadbalancing:RemoveTags",
                    "elasticloadbalancing:SetSecurityGroups",
                    "elasticloadbalancing:SetSubnets",
                ],
                balancers,
                mine,
            ),
        ]
    )  # fmt: skip


def _allow(actions: Sequence[str], resources: Sequence[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def _document(statements: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
