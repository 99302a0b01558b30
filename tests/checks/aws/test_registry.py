"""ECR after `up`: a first push makes its repository, and old images go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict
from binder_deploy.checks.probes import registry
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

THERE = {"kubeconfig": Path("kubeconfig")}
OLD = {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30}
POLICY = json.dumps({"rules": [{"rulePriority": 1, "selection": OLD, "action": {"type": "expire"}}]})
Judge = Callable[..., Verdict]


def template(cloud: Any, **parts: Any) -> None:
    made = {"prefix": "demo", "appliedFor": ["CREATE_ON_PUSH"], "lifecyclePolicy": POLICY, **parts}
    cloud.answers["ecr.DescribeRepositoryCreationTemplates"] = lambda _: {"repositoryCreationTemplates": [made]}


@pytest.mark.shows("BD-REG-010", "passed")
@pytest.mark.shows("BD-REG-011", "passed")
@pytest.mark.parametrize("check_id", ["BD-REG-010", "BD-REG-011"])
def test_a_template_as_up_makes_it_passes(check_id: str, cloud: Any, verdict: Judge) -> None:
    template(cloud)
    for each in ("BD-REG-010", "BD-REG-011"):
        assert isinstance(verdict(each, THERE), Passed)


@pytest.mark.shows("BD-REG-010", "failed")
def test_without_the_template_no_first_push_succeeds(cloud: Any, verdict: Judge) -> None:
    found = verdict("BD-REG-010", THERE)
    assert isinstance(found, Failed)
    assert "demo/… is not there" in found.message
    assert "aws ecr describe-repository-creation-templates --prefixes demo" in found.remedy
    template(cloud, appliedFor=["REPLICATION"])
    found = verdict("BD-REG-010", THERE)
    assert isinstance(found, Failed)
    assert "does not act on a push" in found.message


@pytest.mark.shows("BD-REG-011", "failed")
def test_without_a_policy_images_pile_up(cloud: Any, verdict: Judge) -> None:
    template(cloud, lifecyclePolicy="")
    found = verdict("BD-REG-011", THERE)
    assert isinstance(found, Failed)
    assert "the creation template demo" in found.message


def test_repositories_from_before_the_policy_are_named_and_others_are_not(cloud: Any, verdict: Judge) -> None:
    template(cloud)
    ecr = cloud.client("ecr")
    for name in ("demo/r2d-old", "demo/r2d-new", "theirs/r2d-x", "demo-two/r2d-x"):
        ecr.create_repository(repositoryName=name)
    ecr.put_lifecycle_policy(repositoryName="demo/r2d-new", lifecyclePolicyText=POLICY)
    found = verdict("BD-REG-011", THERE)
    assert isinstance(found, Failed)
    assert "for ever: repository demo/r2d-old;" in found.message


@pytest.mark.parametrize("check_id", ["BD-REG-010", "BD-REG-011"])
def test_somebody_else_s_registry_is_not_asked(check_id: str, eks: Callable[..., Settings], tmp_path: Path) -> None:
    other = {"kind": "quay", "namespace": "demo", "push": {"username": "u", "password": "env:P"}}
    (check,) = [c for c in CATALOGUE if c.id == check_id]
    found = run([check], registry.probes(Given(settings=eks(registry=other), folder=tmp_path)))[0].verdict
    assert isinstance(found, Skipped)
    assert found.reason == "not applicable"
