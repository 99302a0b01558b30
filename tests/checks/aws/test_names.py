"""Nothing that has a name of ours without our tag is ever taken over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict

pytestmark = pytest.mark.system

Judge = Callable[..., Verdict]
Make = Callable[[Any, dict[str, str]], None]


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def cluster(cloud: Any, tags: dict[str, str]) -> None:
    role = "arn:aws:iam::123456789012:role/x"
    cloud.client("eks").create_cluster(name="demo", roleArn=role, resourcesVpcConfig={}, tags=tags)


def role(cloud: Any, tags: dict[str, str]) -> None:
    cloud.client("iam").create_role(RoleName="demo-nodes", AssumeRolePolicyDocument="{}", Tags=listed(tags))


def template(cloud: Any, tags: dict[str, str]) -> None:
    cloud.client("ec2").create_launch_template(
        LaunchTemplateName="demo-user",
        LaunchTemplateData={"InstanceType": "m6i.large"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": listed(tags)}],
    )


def log_group(cloud: Any, tags: dict[str, str]) -> None:
    cloud.client("logs").create_log_group(logGroupName="/aws/eks/demo/cluster", tags=tags)


def repositories(cloud: Any, tags: dict[str, str]) -> None:
    cloud.client("ecr").create_repository(repositoryName="demo/r2d-x", tags=listed(tags))


def creation_template(cloud: Any, tags: dict[str, str]) -> None:
    cloud.answers["ecr.DescribeRepositoryCreationTemplates"] = lambda asked: {
        "repositoryCreationTemplates": [{"prefix": asked["prefixes"][0], "resourceTags": listed(tags)}]
    }


def balancer(cloud: Any, tags: dict[str, str]) -> None:
    subnets = [s["SubnetId"] for s in cloud.client("ec2").describe_subnets()["Subnets"]]
    cloud.client("elbv2").create_load_balancer(
        Name="demo-entry", Subnets=subnets[:1], Type="network", Tags=listed(tags)
    )


MAKES: dict[str, Make] = {
    "cluster demo": cluster,
    "role demo-nodes": role,
    "launch template demo-user": template,
    "log group /aws/eks/demo/cluster": log_group,
    "repositories demo/…": repositories,
    "repository creation template demo": creation_template,
    "load balancer demo": balancer,
}


@pytest.mark.parametrize("thing", MAKES)
def test_a_name_that_something_else_has(thing: str, cloud: Any, verdict: Judge) -> None:
    MAKES[thing](cloud, {"binder-deploy": "other"})
    found = verdict("BD-ACC-012")
    assert isinstance(found, Failed)
    assert f": {thing}" in found.message
    assert "aws " in found.remedy
    assert "--region eu-central-1" in found.remedy


def test_what_has_our_tag_is_no_obstacle(cloud: Any, verdict: Judge) -> None:
    for make in MAKES.values():
        make(cloud, {"binder-deploy": "demo"})
    assert isinstance(verdict("BD-ACC-012"), Passed)


def test_a_budget_of_somebody_else(cloud: Any, verdict: Judge) -> None:
    budget = {
        "BudgetName": "demo-budget",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "9", "Unit": "USD"},
    }
    cloud.client("budgets", "us-east-1").create_budget(AccountId="123456789012", Budget=budget)
    cloud.answers["budgets.ListTagsForResource"] = lambda _: {"ResourceTags": []}
    found = verdict("BD-ACC-012", budget={"monthly": 100, "emails": ["it@example.org"]})
    assert isinstance(found, Failed)
    assert "budget demo-budget" in found.message


@pytest.mark.parametrize("ours", [True, False])
def test_a_record_is_ours_if_it_leads_to_our_address(ours: bool, cloud: Any, zone: Any, verdict: Judge) -> None:
    change = zone()
    tag = [{"ResourceType": "elastic-ip", "Tags": listed({"binder-deploy": "demo"})}]
    ip = cloud.client("ec2").allocate_address(Domain="vpc", TagSpecifications=tag)["PublicIp"]
    record = {"Name": "hub.example.org", "Type": "A", "TTL": 300}
    record["ResourceRecords"] = [{"Value": ip if ours else "198.51.100.1"}]
    cloud.client("route53").change_resource_record_sets(
        HostedZoneId=change["address"]["dns"]["zone_id"],
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )
    assert isinstance(verdict("BD-ACC-012", **change), Passed if ours else Failed), json.dumps(record)
    assert isinstance(verdict("BD-ACC-012", {"address": ip}, **change), Passed)


def test_a_name_that_cannot_be_asked_does_not_hide_one_that_is_taken(cloud: Any, verdict: Judge) -> None:
    cloud.deny("eks.DescribeCluster")
    found = verdict("BD-ACC-012")
    assert isinstance(found, Skipped)
    assert "cluster" in found.message
    assert "allow eks:DescribeCluster" in found.detail
    role(cloud, {})
    assert isinstance(verdict("BD-ACC-012"), Failed)
