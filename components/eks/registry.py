"""How repositories for built images come into being, and when images are thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_aws import ecr

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.eks.handles import RoleHandle


@dataclass(frozen=True, kw_only=True)
class RegistryArgs(Args):
    """Inputs of `Registry`."""

    prefix: str
    """In front of every repository's name, without the slash."""
    description: Input[str]
    role: RoleHandle
    """In which the registry makes repositories: without one it cannot tag them."""
    keep_days: int
    tags: Mapping[str, str]


class Registry(pulumi.ComponentResource):
    """A template: a repository is made by the first push to it, one for each built environment.

    Such repositories are not in the state. Removing the template leaves them, with their images, to be found by
    the prefix and the tags.
    """

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Registry", name, inputs(args), opts)
        template = ecr.RepositoryCreationTemplate(
            f"{name}-template",
            prefix=args.prefix,
            description=args.description,
            applied_fors=["CREATE_ON_PUSH"],
            custom_role_arn=args.role.arn,
            image_tag_mutability="MUTABLE",
            lifecycle_policy=lifecycle(args.keep_days),
            resource_tags=dict(args.tags),
            opts=named(self, [*args.after, *args.role.ready]),
        )
        self.ready = (template,)
        self.register_outputs({"prefix": template.prefix})


def lifecycle(keep_days: int) -> str:
    """A repository's lifecycle policy: every image that was pushed longer ago goes."""
    rule = {
        "rulePriority": 1,
        "description": f"older than {keep_days} days: the next launch builds it again",
        "selection": {
            "tagStatus": "any",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": keep_days,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
