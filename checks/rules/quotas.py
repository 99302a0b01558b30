"""The account's limits against the deployment with every pool at its largest: what settings promise must be there
when everybody comes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from binder_deploy.checks.facts import account as a
from binder_deploy.checks.model import Facts, Failed, Key, Passed, Rule, Skipped, Verdict


def within(keys: Sequence[Key[tuple[a.Quota, ...]]], *kinds: a.QuotaKind) -> Rule:
    """The rule that every quota of these kinds suffices, wherever it holds."""

    def rule(facts: Facts) -> Verdict:
        quotas = [quota for key in keys for quota in facts[key] if quota.kind in kinds]
        short = [quota for quota in quotas if quota.needed > quota.free]
        untold = [quota for quota in quotas if quota.limit is None]
        if short:
            return Failed("; ".join(map(_told, short)), "; ".join(dict.fromkeys(map(_remedy, short))))
        if untold:
            return Skipped("unknown", f"not told by the cloud: {', '.join(q.name for q in untold)}", untold[0].more)
        if not quotas:
            return Skipped("not applicable", "nothing of the kind is used")
        return Passed(", ".join(f"{q.name}: {q.needed:g} of {q.free:g}" for q in quotas))

    return rule


def smaller(quota: a.Quota) -> str:
    """The settings that make the deployment fit, largest part first: `set A to 2 and B to 1`; empty if none do."""
    over = quota.needed - quota.free
    changes = []
    for demand in sorted((d for d in quota.demands if d.setting), key=lambda d: d.total, reverse=True):
        fewer = min(demand.count - demand.least, math.ceil(over / demand.each))
        if over > 0 and fewer > 0:
            changes.append(f"{demand.setting} to {demand.count - fewer}")
            over -= fewer * demand.each
    return f"set {' and '.join(changes)}" if changes and over <= 0 else ""


def _told(quota: a.Quota) -> str:
    unit = f" {quota.unit}" if quota.unit else ""
    return (
        f"{quota.name} ({quota.scope}): {quota.needed:g}{unit} needed at full scale, but of {quota.limit:g} others use "
        f"{quota.used:g} and {quota.free:g} are free"
    )


def _remedy(quota: a.Quota) -> str:
    limit = math.ceil(quota.used + quota.needed)
    ask = f"ask for {quota.name} of {limit} or more at {quota.more}"
    fit = smaller(quota)
    return f"{fit}, or {ask}" if fit else ask
