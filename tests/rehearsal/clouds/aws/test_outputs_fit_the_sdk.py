"""What the plugin answers must be what the SDK's classes can hold: a wrong name or a missing nested key would
only show as a missing output in somebody's program."""

from __future__ import annotations

import json
from typing import Any

import pulumi._types as sdk_types
import pulumi_aws as sdk
import pytest

from binder_deploy.rehearsal.clouds.aws.catalogue import aws

CLASSES = {
    "vpc": sdk.ec2.Vpc,
    "subnet": sdk.ec2.Subnet,
    "gateway": sdk.ec2.InternetGateway,
    "table": sdk.ec2.RouteTable,
    "route": sdk.ec2.Route,
    "tie": sdk.ec2.RouteTableAssociation,
    "tag": sdk.ec2.Tag,
    "eip": sdk.ec2.Eip,
    "nat": sdk.ec2.NatGateway,
    "template": sdk.ec2.LaunchTemplate,
    "role": sdk.iam.Role,
    "attachment": sdk.iam.RolePolicyAttachment,
    "policy": sdk.iam.RolePolicy,
    "log": sdk.cloudwatch.LogGroup,
    "cluster": sdk.eks.Cluster,
    "entry": sdk.eks.AccessEntry,
    "right": sdk.eks.AccessPolicyAssociation,
    "identity": sdk.eks.PodIdentityAssociation,
    "addon": sdk.eks.Addon,
    "group": sdk.eks.NodeGroup,
    "scalingTag": sdk.autoscaling.Tag,
    "creation": sdk.ecr.RepositoryCreationTemplate,
    "record": sdk.route53.Record,
    "budget": sdk.budgets.Budget,
}


@pytest.fixture
def everything(amazon: Any) -> dict[str, dict[str, Any]]:
    made = amazon.network()
    network = dict(made)
    made = {"vpc": made["vpc"], "subnet": made["private"], "gateway": made["gateway"], "table": made["inward"],
            "route": made["route"], "tie": made["tie"], "eip": made["eip"], "nat": made["nat"]}  # fmt: skip
    make = amazon.make
    made["tag"] = make("tag", resourceId=network["vpc"]["id"], key="a", value="b")
    made["log"] = make("log", name="/aws/eks/demo/cluster", retentionInDays=30)
    made["cluster"] = amazon.cluster(network)
    of = {"clusterName": "demo"}
    who = {**of, "principalArn": "arn:aws:iam::123456789012:user/me"}
    made["entry"] = make("entry", **who)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    made["right"] = make("right", **who, policyArn=policy, accessScope={"type": "cluster"})
    made["role"] = amazon.role("pods", "pods.eks.amazonaws.com")
    made["attachment"] = make(
        "attachment", role="pods", policyArn="arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    )
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    made["policy"] = make("policy", name="p", role="pods", policy=document)
    made["identity"] = make("identity", **of, namespace="a", serviceAccount="b", roleArn=made["role"]["arn"])
    made["addon"] = make("addon", **of, addonName="eks-pod-identity-agent")
    made["template"] = make("template", name="demo-core", metadataOptions={"httpTokens": "required"})
    taint = {"key": "a", "value": "b", "effect": "NO_SCHEDULE"}
    made["group"] = make("group", **amazon.group_inputs(network, taints=[taint]))
    group = made["group"]["resources"][0]["autoscalingGroups"][0]["name"]
    tag = {"key": "a", "value": "b", "propagateAtLaunch": False}
    made["scalingTag"] = make("scalingTag", autoscalingGroupName=group, tag=tag)
    made["creation"] = make("creation", prefix="demo", appliedFors=["CREATE_ON_PUSH"])
    made["record"] = make(
        "record", zoneId="Z0123456789", name="a.example.org", type="A", ttl=60, records=["203.0.113.9"]
    )
    made["budget"] = make("budget", budgetType="COST", timeUnit="MONTHLY", limitAmount="1", limitUnit="USD")
    return made


def test_every_output_has_a_property_and_fits_its_type(everything: dict[str, dict[str, Any]]) -> None:
    assert set(everything) == set(CLASSES)
    for kind, outputs in everything.items():
        types = sdk_types.resource_types(CLASSES[kind])
        for name, value in outputs.items():
            if name == "id":
                continue
            assert name in types, f"{kind}.{name}"
            shape = sdk_types.unwrap_type(types[name])
            if isinstance(value, dict) and sdk_types.is_output_type(shape):
                sdk_types.output_type_from_dict(shape, value)


def test_every_kind_is_created_here(everything: dict[str, dict[str, Any]]) -> None:
    played = {kind.type for kind in aws(lambda: pytest.fail("no control plane is needed")).kinds.values()}
    assert played == {f"{c.pulumi_type.split(':')[1]}" for c in CLASSES.values()}
