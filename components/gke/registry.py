"""Where built images go, and when they are thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import artifactregistry

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.handles import RegistryHandle

DAY = 86400
"""Seconds."""


@dataclass(frozen=True, kw_only=True)
class RegistryArgs(Args):
    """Inputs of `Registry`."""

    project: Input[str]
    location: Input[str]
    repository: Input[str]
    """Physical name."""
    description: Input[str]
    labels: Mapping[str, str]
    keep_days: int
    keep_versions: int
    """Newest versions of each image that stay, whatever their age."""


class Registry(pulumi.ComponentResource):
    """A Docker repository that cleans itself: every built image is a copy that a launch can build again."""

    handle: RegistryHandle

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:Registry", name, inputs(args), opts)
        repository = artifactregistry.Repository(
            f"{name}-repository",
            project=args.project,
            location=args.location,
            repository_id=args.repository,
            format="DOCKER",
            description=args.description,
            labels=args.labels,
            cleanup_policy_dry_run=False,
            cleanup_policies=[
                artifactregistry.RepositoryCleanupPolicyArgs(
                    id="delete-old",
                    action="DELETE",
                    condition=artifactregistry.RepositoryCleanupPolicyConditionArgs(
                        # In seconds: the form that the API gives back.
                        tag_state="ANY",
                        older_than=f"{args.keep_days * DAY}s",
                    ),
                ),
                artifactregistry.RepositoryCleanupPolicyArgs(
                    id="keep-newest",
                    action="KEEP",
                    most_recent_versions=artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(
                        keep_count=args.keep_versions
                    ),
                ),
            ],
            opts=named(self, args.after),
        )
        self.handle = RegistryHandle(repository=repository.name, location=args.location)
        self.register_outputs({"repository": repository.name})
