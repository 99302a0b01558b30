"""The rest of the account: registry, records, budget, data sources, faults, leftovers, who may use it at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from binder_deploy.rehearsal.clouds.aws.catalogue import aws
from binder_deploy.rehearsal.clouds.aws.leftovers import leftovers
from binder_deploy.rehearsal.clouds.cloud_file import Fault

LIFECYCLE = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days",
             "countNumber": 30}, "action": {"type": "expire"}}  # fmt: skip


def rules(**selection: Any) -> str:
    return json.dumps({"rules": [{**LIFECYCLE, "selection": {**LIFECYCLE["selection"], **selection}}]})


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"prefix": "Demo"}, "prefix", "repository's name"),
        ({"appliedFors": ["PUSH"]}, "appliedFors[0]", "none of"),
        ({"lifecyclePolicy": "x"}, "lifecyclePolicy", "is not JSON"),
        ({"lifecyclePolicy": rules(countType="age")}, "lifecyclePolicy", "countType"),
        ({"lifecyclePolicy": rules(tagStatus="tagged")}, "lifecyclePolicy", "tagPrefixList"),
    ],
)
def test_a_creation_template_that_ecr_refuses_is_refused(
    amazon: Any, changed: dict[str, Any], path: str, reason: str
) -> None:
    inputs = {"prefix": "demo", "appliedFors": ["CREATE_ON_PUSH"], "lifecyclePolicy": rules(), **changed}
    assert reason in amazon.do.problems("creation", **inputs)[path]


def test_tags_on_repositories_need_a_role_that_may_set_them(amazon: Any) -> None:
    inputs = {"prefix": "demo", "appliedFors": ["CREATE_ON_PUSH"], "resourceTags": {"a": "b"}}
    assert "custom role is needed" in amazon.do.refused("creation", **inputs)
    role = amazon.role("repositories", "ecr.amazonaws.com")["arn"]
    assert "does not allow ecr:CreateRepository" in amazon.do.refused("creation", **inputs, customRoleArn=role)
    allow = {"Effect": "Allow", "Action": ["ecr:CreateRepository", "ecr:TagResource"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    amazon.make("policy", name="p", role="repositories", policy=policy)
    assert amazon.make("creation", **inputs, customRoleArn=role)["registryId"] == "123456789012"


def test_records_lie_in_their_zone_and_once(amazon: Any) -> None:
    record = {"zoneId": "Z0123456789", "type": "A", "ttl": 300, "records": ["203.0.113.10"]}
    assert "not an IPv4 address" in amazon.do.problems("record", name="x", **{**record, "records": ["x"]})["records[0]"]
    assert "ttl" in amazon.do.problems("record", name="x", **{k: v for k, v in record.items() if k != "ttl"})
    made = amazon.make("record", name="binder.example.org", **record)
    assert made["fqdn"] == "binder.example.org"
    assert "not permitted in zone" in amazon.do.refused("record", name="binder.example.com", **record)
    assert "already exists" in amazon.do.refused("record", name="binder.example.org.", **record)
    assert "NoSuchHostedZone" in amazon.do.refused("record", name="x", **{**record, "zoneId": "ZX"})


def test_a_budget_tells_somebody(amazon: Any) -> None:
    inputs = {"name": "demo", "budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "10", "limitUnit": "USD"}
    silent = {"comparisonOperator": "GREATER_THAN", "notificationType": "ACTUAL", "threshold": 50,
              "thresholdType": "PERCENTAGE"}  # fmt: skip
    assert "nobody to tell" in amazon.do.problems("budget", **inputs, notifications=[silent])["notifications[0]"]
    told = {**silent, "subscriberEmailAddresses": ["me@example.org"]}
    assert amazon.make("budget", **inputs, notifications=[told])["id"] == "123456789012:demo"


def test_data_sources_tell_who_and_where(amazon: Any) -> None:
    who = amazon.do.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    assert who["accountId"] == "123456789012" and ":assumed-role/" in who["arn"]
    behind = amazon.do.invoke("aws:iam/getSessionContext:getSessionContext", arn=who["arn"])
    assert behind["issuerArn"] == "arn:aws:iam::123456789012:role/binder-deploy-rehearsal"
    asked = {"state": "available", "excludeZoneIds": ["euc1-az1"]}
    zones = amazon.do.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", **asked)
    assert zones["names"] == ["eu-central-1b", "eu-central-1c"]
    with pytest.raises(grpc.RpcError, match="does not exist"):
        amazon.do.invoke("aws:ec2/getSubnet:getSubnet", id="subnet-00")


def test_another_account_is_refused(stub_of: Callable[..., Any], amazon: Any) -> None:
    with pytest.raises(grpc.RpcError, match="AWS account ID not allowed: 123456789012"):
        stub_of(aws(lambda: amazon.control_plane), {"region": "eu-central-1", "allowedAccountIds": '["1"]'})
    with pytest.raises(grpc.RpcError, match="invalid AWS Region: eu-central-9"):
        stub_of(aws(lambda: amazon.control_plane), {"region": "eu-central-9"})


def test_the_providers_tags_are_on_everything(stub_of: Callable[..., Any], client: Any, amazon: Any) -> None:
    configuration = {"region": "eu-central-1", "defaultTags": json.dumps({"tags": {"owner": "me"}})}
    tagging = client(stub_of(aws(lambda: amazon.control_plane), configuration), amazon.do.file, amazon.do.types)
    vpc = tagging.create("vpc", cidrBlock="10.0.0.0/16", tags={"a": "b"})
    assert vpc["tagsAll"] == {"owner": "me", "a": "b"} and vpc["tags"] == {"a": "b"}


@pytest.mark.parametrize(
    ("kind", "said", "exists"),
    [
        ("quota", "VcpuLimitExceeded", False),
        ("403", "UnauthorizedOperation", False),
        ("429", "ThrottlingException", False),
        ("500", "InternalFailure", False),
        ("timeout", "timeout while waiting", False),
        ("created-but-not-reported", "connection reset", True),
    ],
)
def test_each_fault_fails_as_it_does_in_life(amazon: Any, kind: Any, said: str, exists: bool) -> None:
    amazon.do.break_once(Fault("create", "ec2/*", kind))
    assert said in amazon.do.refused("vpc", cidrBlock="10.0.0.0/16")
    assert bool(amazon.cloud.of_type("ec2/vpc")) == exists


def test_a_type_that_does_not_exist_or_is_not_played_is_said(amazon: Any) -> None:
    with pytest.raises(grpc.RpcError, match="there is no resource type aws:ec2/vpcc:Vpcc; did you mean"):
        amazon.do.problems("aws:ec2/vpcc:Vpcc")
    with pytest.raises(grpc.RpcError, match="exists, but the rehearsal does not play it yet"):
        amazon.do.problems("aws:s3/bucket:Bucket")


def test_leftovers_are_all_that_was_not_there_before(amazon: Any, cloud_file: Any) -> None:
    assert leftovers(amazon.cloud) == []
    vpc = amazon.make("vpc", cidrBlock="10.0.0.0/16")
    with cloud_file.transaction() as cloud:
        cloud.add("ebs/volume", "vol-01", {}, {"name": "vol-01", "region": "eu-central-1"}, "controller")
    found = leftovers(amazon.cloud)
    assert [(f.kind, f.name) for f in found] == [("volume", "vol-01"), ("VPC", vpc["id"])]
    assert found[0].command == "aws ec2 delete-volume --volume-id vol-01"
    assert "billed by the GB" in found[0].reason
    assert "{" not in "".join(f.command for f in found)
