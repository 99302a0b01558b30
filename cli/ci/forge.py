"""Where the pipelines run: GitHub Actions or GitLab CI, and what its tokens say of a job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.flows.errors import Refused

PRODUCTION, PLAN, PREVIEW, SWEEP = "binder-production", "binder-plan", "binder-preview", "binder-sweep"
"""Environments of the repository: each has its own secrets, variables and rules of who may use it."""
MAIN_ALONE = (PRODUCTION, SWEEP)
"""For jobs of the main branch. The nightly sweep has one of its own: a review that previews wait for must not hold it
up."""
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
        refuse_odd_url(self.url)

    @property
    def issuer(self) -> str:
        """Who signs the tokens."""
        return "https://token.actions.githubusercontent.com" if self.kind is Kind.GITHUB else self.url

    def uses(self, *, previews: bool) -> Mapping[str, tuple[str, ...]]:
        """Identity → environments whose jobs act as it. GitLab's sweep is `binder-preview/sweep`."""
        sweeps = (PREVIEW, SWEEP) if self.kind is Kind.GITHUB else (PREVIEW,)
        return {"deploy": DEPLOY_USERS, **({"preview": sweeps} if previews else {})}

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


def refuse_odd_url(url: str) -> None:
    """Raises `Refused`."""
    if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?", url):
        raise Refused("--gitlab-url: write https:// and a host, without a path")
