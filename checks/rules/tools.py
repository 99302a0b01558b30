"""The programs that a deployment is made with."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.settings.existing import Existing

AUTH_HELPERS = {"gke": "gke-gcloud-auth-plugin", "eks": "aws"}
"""Kind of platform → what kubectl, the engine and we run to prove to a cluster who we are."""
_INSTALL = {
    "gke": "gcloud components install gke-gcloud-auth-plugin, or your distribution's package of that name",
    "eks": "install the AWS command line: https://docs.aws.amazon.com/cli/latest/userguide/",
}


def all_present(facts: Facts) -> Verdict:
    """Every pinned tool is on this machine."""
    missing = sorted(tool for tool, where in facts[f.TOOLS].items() if where is None)
    if missing:
        return Failed(f"not found on this machine: {', '.join(missing)}", "run: binder-deploy tools fetch")
    return Passed(", ".join(sorted(facts[f.TOOLS])))


def auth_helper_present(facts: Facts) -> Verdict:
    """Without it the cluster can be made, and paid for, but nothing can be put into it."""
    platform = facts[f.SETTINGS].platform
    if isinstance(platform, Existing):
        return Skipped("not applicable", "the kubeconfig says how to log in, and it was done already")
    if facts[f.AUTH_HELPER] is None:
        return Failed(
            f"{AUTH_HELPERS[platform.kind]} is not on PATH: nobody on this machine could get into the cluster",
            _INSTALL[platform.kind],
        )
    return Passed()
