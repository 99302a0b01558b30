"""The registry of a deployment that exists: how repositories come into being, and what removes old images."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from binder_deploy.checks.facts.registry import Creation, Retention
from binder_deploy.checks.probes.aws.access import Aws, asking, code
from binder_deploy.settings.eks_names import repositories
from binder_deploy.settings.model import Settings

LOOKED_AT = 20
"""Repositories whose policy is read: there is one for each built environment, perhaps thousands, all made alike."""


def creation(aws: Aws, settings: Settings) -> Creation:
    """What makes a repository at the first push. Raises `NotAllowed`."""
    look = f"aws ecr describe-repository-creation-templates --prefixes {settings.name} --region {aws.region}"
    found = _template(aws, settings)
    return Creation(
        prefix=repositories(settings),
        found=found is not None,
        on_push="CREATE_ON_PUSH" in (found or {}).get("appliedFor", ()),
        look=look,
    )


def retention(aws: Aws, settings: Settings) -> Retention:
    """What removes old images: the template's policy for new repositories, and those of some that there are. Raises
    `NotAllowed`."""
    found, prefix = _template(aws, settings), repositories(settings)
    without = [] if _expires((found or {}).get("lifecyclePolicy")) else [f"the creation template {settings.name}"]
    with asking("the repositories", "ecr:DescribeRepositories and ecr:GetLifecyclePolicy"):
        every = aws.pages("ecr", "describe_repositories", "repositories")
        some = list(islice((r["repositoryName"] for r in every if r["repositoryName"].startswith(prefix)), LOOKED_AT))
        without += [f"repository {name}" for name in some if not _expires(_policy(aws, name))]
    return Retention(1 + len(some), tuple(without))


def _template(aws: Aws, settings: Settings) -> Any:
    try:
        with asking("the creation template", "ecr:DescribeRepositoryCreationTemplates"):
            answer = aws.client("ecr").describe_repository_creation_templates(prefixes=[settings.name])
    except ClientError as error:
        if code(error) != "TemplateNotFoundException":
            raise
        return None
    return next(iter(answer["repositoryCreationTemplates"]), None)


def _policy(aws: Aws, name: str) -> str | None:
    try:
        return str(aws.client("ecr").get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
    except ClientError as error:
        if code(error) not in ("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"):
            raise
        return None


def _expires(policy: str | None) -> bool:
    """Whether something in it throws images away."""
    return any(rule["action"]["type"] == "expire" for rule in json.loads(policy or "{}").get("rules", ()))
