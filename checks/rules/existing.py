"""A cluster with other tenants."""

from __future__ import annotations

from binder_deploy.checks.facts import existing as e
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import listing


def nothing_is_in_the_way(facts: Facts) -> Verdict:
    """What is to be made does not exist as somebody else's: it would be taken over, and removed with ours."""
    foreign = facts[e.IN_THE_WAY]
    if foreign:
        first = foreign[0].what
        where = f"-n {first.namespace} " if first.namespace else ""
        told = [f"{one.what}" + (f" ({one.owner})" if one.owner else "") for one in foreign]
        return Failed(
            f"exists already, and is not this deployment's: {listing(told, 8)}; nothing of others is taken over",
            f"kubectl {where}get {first.kind.lower()} {first.name} -o yaml shows whose it is; remove or rename what is "
            "no longer needed, or choose another cluster (platform.context), then run `binder-deploy up` again",
        )
    return Passed("nothing of others is where ours is to be made")
