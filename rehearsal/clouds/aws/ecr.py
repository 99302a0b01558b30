"""How the registry makes repositories by itself. The repositories that come of it are made by pushes, which a rehearsal
does not play."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from binder_deploy.rehearsal.clouds.aws import policies, rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

_PREFIX = r"ROOT|(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?"
_CREATE = "ECR CreateRepositoryCreationTemplate"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props, "resourceTags")
    yield from rules.matches(props, "prefix", _PREFIX, "the form of a repository's name, or be ROOT")
    prefix = str(props.get("prefix") or "ROOT")
    if prefix != "ROOT" and not 2 <= len(prefix) <= 30:
        yield Problem("prefix", f"{prefix!r} must have 2 to 30 characters")
    for i, use in enumerate(props.get("appliedFors") or ()):
        if use not in ("REPLICATION", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH"):
            yield Problem(f"appliedFors[{i}]", f"{use!r} is none of REPLICATION, PULL_THROUGH_CACHE, CREATE_ON_PUSH")
    yield from rules.choice(props, "imageTagMutability", "MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION",
                            "IMMUTABLE_WITH_EXCLUSION")  # fmt: skip
    if len(props.get("description") or "") > 256:
        yield Problem("description", "256 characters are allowed")
    policy, wrong = rules.parsed(props.get("lifecyclePolicy"), "lifecyclePolicy")
    yield from wrong
    if policy is not None:
        yield from _lifecycle(policy)


def _lifecycle(policy: Any) -> Iterator[Problem]:
    given = policy.get("rules") if isinstance(policy, dict) else None
    if not given:
        yield Problem("lifecyclePolicy", "has no rules")
    for i, rule in enumerate(given or ()):
        chosen = rule.get("selection") or {}
        if not isinstance(rule.get("rulePriority"), int) or rule["rulePriority"] < 1:
            yield Problem("lifecyclePolicy", f"rules[{i}].rulePriority must be a positive integer")
        if chosen.get("tagStatus") not in ("tagged", "untagged", "any"):
            yield Problem("lifecyclePolicy", f"rules[{i}].selection.tagStatus must be tagged, untagged or any")
        if chosen.get("tagStatus") == "tagged" and not {"tagPrefixList", "tagPatternList"} & set(chosen):
            yield Problem("lifecyclePolicy", f"rules[{i}].selection needs tagPrefixList or tagPatternList")
        counted = chosen.get("countType")
        if counted not in ("imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"):
            yield Problem("lifecyclePolicy", f"rules[{i}].selection.countType {counted!r} is none")
        if str(counted).startswith("since") and chosen.get("countUnit") != "days":
            yield Problem("lifecyclePolicy", f"rules[{i}].selection.countUnit must be days")
        if not isinstance(chosen.get("countNumber"), int) or chosen["countNumber"] < 1:
            yield Problem("lifecyclePolicy", f"rules[{i}].selection.countNumber must be a positive integer")
        if (rule.get("action") or {}).get("type") not in ("expire", "transition"):
            yield Problem("lifecyclePolicy", f"rules[{i}].action.type must be expire or transition")


def _require(cloud: Cloud, props: Props) -> None:
    role = props.get("customRoleArn")
    if props.get("resourceTags") and not role:
        why = "A custom role is needed for resource tags: the registry's own may not tag repositories"
        raise words.refused(_CREATE, "InvalidParameterException", why)
    if role:
        policies.role_for(cloud, str(role), _CREATE, "ecr.amazonaws.com")
        for action in ("ecr:CreateRepository", *(["ecr:TagResource"] if props.get("resourceTags") else [])):
            if not policies.allows(cloud, str(role), action):
                raise words.refused(_CREATE, "InvalidParameterException", f"The role {role} does not allow {action}")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"registryId": props[rules.ACCOUNT], "imageTagMutability": props.get("imageTagMutability", "MUTABLE")}


TEMPLATE = Kind(
    pulumi_type="aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    label="ECR Repository Creation Template",
    id=lambda props: str(props["prefix"]),
    outputs=_outputs,
    computed=("registryId",),
    located=rules.LOCATED,
    immutable=frozenset({"prefix", "region"}),
    check=_check,
    require=_require,
)

KINDS = (TEMPLATE,)
