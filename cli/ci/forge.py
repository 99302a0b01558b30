"""Where the pipelines run: GitHub Actions or GitLab CI, and what its tokens say of a job."""

from __future__ import annotations

import re
from dataclasses import dataclass

from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.flows.errors import Refused

PRODUCTION, PLAN, PREVIEW = "binder-production", "binder-plan", "binder-preview"
"""Environments of the repository: each has its own secrets, variables and rules of who may use it."""
DEPLOY_USERS = (PRODUCTION, PLAN)
"""Who works on the deployment itself. A plan asks the API server for dry runs, which takes the right to write."""


@dataclass(frozen=True)
class Forge:
    """One repository."""

    kind: Kind
    repository: str
    """`OWNER/NAME`, or GitLab's `GROUP/…/NAME`."""
    main: str = "main"
    url: str = "https://gitlab.com"
    """GitLab's own address."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+", self.repository):
            raise Refused("--repository: write OWNER/NAME")
        refuse_odd_branch(self.main)
        if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?", self.url):
            raise Refused("--gitlab-url: write https:// and a host, without a path")

    @property
    def issuer(self) -> str:
        """Who signs the tokens."""
        return "https://token.actions.githubusercontent.com" if self.kind is Kind.GITHUB else self.url

    def subjects(self, environments: tuple[str, ...]) -> tuple[str, ...]:
        """The `sub` of tokens of jobs in these environments. GitLab's tell the branch, and no environment."""
        if self.kind is Kind.GITHUB:
            return tuple(f"repo:{self.repository}:environment:{name}" for name in environments)
        branches = [self.main if PRODUCTION in environments else "*"]
        return tuple(f"project_path:{self.repository}:ref_type:branch:ref:{branch}" for branch in branches)


def refuse_odd_branch(name: str) -> None:
    """Raises `Refused` for a name that would have to be quoted wherever it is written."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", name):
        raise Refused("--main: letters, digits, dots, dashes and slashes alone")
