"""A cluster that is there before the deployment."""

from __future__ import annotations

from binder_deploy.checks.facts import existing as e
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import existing

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-CLU-020",
        "Nothing of others is in the way",
        Phase.PREFLIGHT,
        (e.IN_THE_WAY,),
        existing.nothing_is_in_the_way,
    ),
)
