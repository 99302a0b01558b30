"""The programs that the work needs."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import surroundings, tools

CHECKS: tuple[Check, ...] = (
    Check("BD-TOOL-001", "Every tool is present", Phase.PREFLIGHT, (f.TOOLS,), tools.all_present),
    Check(
        "BD-TOOL-002",
        "The cloud's login helper is present",
        Phase.PREFLIGHT,
        (f.SETTINGS, f.AUTH_HELPER),
        tools.auth_helper_present,
    ),
    Check(
        "BD-TOOL-003",
        "Nothing ends the work midway",
        Phase.PREFLIGHT,
        (living.SURROUNDINGS,),
        surroundings.stays_long_enough,
        blocks=False,
    ),
)
