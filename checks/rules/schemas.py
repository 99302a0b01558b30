"""Values hold to the schemas of the charts."""

from __future__ import annotations

from binder_deploy.checks.facts import values as v
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import listing


def values_fit_the_schemas(facts: Facts) -> Verdict:
    """Each chart takes the values that it would get."""
    fits = facts[v.FITS]
    problems = [problem for fit in fits for problem in fit.problems]
    if problems:
        return Failed(
            f"refused by the charts' own schemas: {listing(problems)}; Helm would stop there",
            "change or remove these keys in binder.yaml; the charts' reference documentation lists what they know",
        )
    return Passed(f"schemas of {listing(fit.chart for fit in fits)}")
