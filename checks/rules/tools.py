"""The programs that a deployment is made with."""

from __future__ import annotations

from binder_deploy.checks import facts as f
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict


def all_present(facts: Facts) -> Verdict:
    """Every pinned tool is on this machine."""
    missing = sorted(tool for tool, where in facts[f.TOOLS].items() if where is None)
    if missing:
        return Failed(f"not found on this machine: {', '.join(missing)}", "run: binder-deploy tools fetch")
    return Passed(", ".join(sorted(facts[f.TOOLS])))
