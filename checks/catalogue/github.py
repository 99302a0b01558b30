"""GitHub."""

from __future__ import annotations

from binder_deploy.checks.facts import github as g
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import github

CHECKS: tuple[Check, ...] = (
    Check("BD-GIT-001", "GitHub accepts the token", Phase.PREFLIGHT, (g.TOKEN,), github.token_is_accepted),
    Check(
        "BD-GIT-002",
        "GitHub answers often enough",
        Phase.PREFLIGHT,
        (g.TOKEN,),
        github.limit_is_enough,
        blocks=False,
    ),
    Check("BD-GIT-003", "The token for GitHub lasts", Phase.PREFLIGHT, (g.TOKEN,), github.token_lasts),
)
