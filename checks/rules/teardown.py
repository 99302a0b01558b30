"""After `down`."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict, Warned
from binder_deploy.checks.objects import listing


def nothing_left(facts: Facts) -> Verdict:
    """Nothing of the deployment still exists or costs, and every kind could be asked."""
    sweep = facts[f.LEFTOVERS]
    unasked = [f"{u.kind} ({u.why})" for u in sweep.unasked]
    if sweep.found:
        return Failed(
            f"still there: {listing(f'{left.kind} {left.name}' for left in sweep.found)}",
            "; ".join(left.command for left in sweep.found if left.command) or "remove them in the cloud's console",
            "\n".join(
                [
                    *(f"{left.kind} {left.name}: {left.reason}" for left in sweep.found),
                    *(f"could not be asked: {u}" for u in unasked),
                ]
            ),
        )
    if unasked:
        return Warned(
            f"could not be asked, so nothing is known: {listing(unasked)}",
            "ask somebody who may list these, or look in the cloud's console",
        )
    return Passed()
