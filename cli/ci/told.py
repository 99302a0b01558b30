"""Commands that tell a repository what its jobs need to know. They are printed, for somebody to run: none is secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from binder_deploy.cli.ci.forge import MAIN_ALONE, PREVIEW, Forge
from binder_deploy.cli.ci.kind import Kind


def environments(forge: Forge, names: Sequence[str]) -> Iterator[str]:
    """Make the environments that are missing at GitHub. One that is there keeps its reviewers: GitHub would drop them.

    What acts on the deployment itself or sweeps is for the main branch alone, or whoever may push any branch could use
    it. GitLab makes its environments by itself.
    """
    if forge.kind is Kind.GITLAB:
        return
    for name in names:
        place = f"repos/{forge.repository}/environments/{name}"
        make = f"gh api --silent {place} 2>/dev/null || gh api --silent --method PUT {place}"
        if name not in MAIN_ALONE:
            yield make
            continue
        policy = "deployment_branch_policy"
        yield f"{make} -F '{policy}[protected_branches]=false' -F '{policy}[custom_branch_policies]=true'"
        policies = f"{place}/deployment-branch-policies"
        listed = f"gh api {policies} --jq '.branch_policies[].name'"
        yield f"{listed} | grep -qxF {quote(forge.main)} || gh api --silent {policies} -f name={quote(forge.main)}"
    open_to_all = [name for name in names if name not in MAIN_ALONE]
    yield f"# Whoever may push a branch may use {' and '.join(open_to_all)}. To have each use reviewed, by you say:"
    for name in open_to_all:
        place = f"repos/{forge.repository}/environments/{name}"
        reviewer = "-F 'reviewers[][type]=User' -F 'reviewers[][id]={}'"
        yield f"#   gh api user --jq .id | xargs -I{{}} gh api --silent --method PUT {place} {reviewer}"


def variable(forge: Forge, environment: str, name: str, value: str) -> Iterator[str]:
    """Give an environment of the repository a variable."""
    if forge.kind is Kind.GITHUB:
        yield f"gh variable set {name} --repo {forge.repository} --env {environment} --body {quote(value)}"
    else:
        scope = f"{environment}/*" if environment == PREVIEW else environment
        yield f"glab variable set {name} --repo {forge.repository} --scope {quote(scope)} --value {quote(value)}"
