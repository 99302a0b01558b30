"""Roles: well-formed documents, rights that exist, and nothing removed from under what uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.aws import policies

ALLOW = {"Effect": "Allow", "Action": "ec2:CreateVolume", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("{}", "has no Statement"),
        (json.dumps({"Version": "2020-01-01", "Statement": [ALLOW]}), "Version"),
        (document({**ALLOW, "Effect": "allow"}), "Effect must be"),
        (document({"Effect": "Allow", "Action": "ec2:*"}), "has no Resource"),
        (document({**ALLOW, "Action": "CreateVolume"}), "is not an action"),
        (document({**ALLOW, "Principal": "*"}), "must not have a Principal"),
    ],
)
def test_a_document_that_iam_refuses_is_refused(amazon: Any, text: str, reason: str) -> None:
    assert reason in amazon.do.problems("policy", name="x", role="demo", policy=text)["policy"]


@pytest.mark.parametrize(
    ("inputs", "path"),
    [({"name": "a b"}, "name"), ({"name": "x" * 65}, "name"), ({"assumeRolePolicy": "no"}, "assumeRolePolicy")],
)
def test_a_role_that_iam_refuses_is_refused(amazon: Any, inputs: dict[str, Any], path: str) -> None:
    trust = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    assert path in amazon.do.problems("role", **{"name": "demo", "assumeRolePolicy": trust, **inputs})


def test_a_role_goes_after_its_rights(amazon: Any) -> None:
    role = amazon.role("demo", "ec2.amazonaws.com", "AmazonEKS_CNI_Policy")
    policy = amazon.make("policy", name="own", role="demo", policy=document(ALLOW))
    assert "DeleteConflict" in amazon.do.delete_refused("role", role["id"])
    amazon.do.delete("attachment", "demo/arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy")
    assert "must delete policies first" in amazon.do.delete_refused("role", role["id"])
    amazon.do.delete("policy", policy["id"])
    amazon.do.delete("role", role["id"])
    assert amazon.cloud.of_type("iam/role") == []


def test_names_are_taken_once_and_references_resolve(amazon: Any) -> None:
    amazon.role("demo", "ec2.amazonaws.com")
    trust = document({"Effect": "Allow", "Principal": {"Service": "x"}, "Action": "sts:AssumeRole"})
    assert "EntityAlreadyExists" in amazon.do.refused("role", name="demo", assumeRolePolicy=trust)
    unknown = "arn:aws:iam::aws:policy/AmazonEKSClusterPolice"
    assert "does not exist or is not attachable" in amazon.do.refused("attachment", role="demo", policyArn=unknown)
    assert "NoSuchEntity" in amazon.do.refused("policy", name="p", role="nobody", policy=document(ALLOW))


def test_inline_policies_have_a_limit(amazon: Any) -> None:
    amazon.role("demo", "ec2.amazonaws.com")
    long = document(*({**ALLOW, "Action": f"ec2:Describe{'X' * 90}{i}"} for i in range(70)))
    assert "Maximum policy size of 10240 bytes exceeded" in amazon.do.refused(
        "policy", name="p", role="demo", policy=long
    )


def test_what_a_role_may_do_is_the_sum_of_its_documents(amazon: Any) -> None:
    arn = amazon.role("demo", "ec2.amazonaws.com", "AmazonEKS_CNI_Policy")["arn"]
    amazon.make("policy", name="own", role="demo", policy=document(ALLOW))
    cloud = amazon.cloud
    assert policies.allows(cloud, arn, "ec2:AssignPrivateIpAddresses")
    assert policies.allows(cloud, arn, "ec2:CreateVolume")
    assert not policies.allows(cloud, arn, "ec2:DeleteVolume")
    assert not policies.allows(cloud, "arn:aws:iam::123456789012:role/nobody", "ec2:CreateVolume")
