"""After a removal."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import teardown

CHECKS: tuple[Check, ...] = (
    Check("BD-END-001", "Nothing is left", Phase.TEARDOWN, (f.LEFTOVERS,), teardown.nothing_left),
)
