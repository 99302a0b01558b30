"""The canary: the end-to-end proof."""

from __future__ import annotations

from binder_deploy.checks.facts.launch import CANARY
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import launch

CHECKS: tuple[Check, ...] = (
    Check("BD-CAN-001", "A repository launches", Phase.CANARY, (CANARY,), launch.repository_launches),
    Check("BD-CAN-002", "A cell runs in a launched server", Phase.CANARY, (CANARY,), launch.cell_runs),
    Check("BD-CAN-003", "A launched server stops when told to", Phase.CANARY, (CANARY,), launch.server_stops),
    Check("BD-CAN-004", "A second launch does not build again", Phase.CANARY, (CANARY,), launch.image_is_found_again),
    Check(
        "BD-CAN-005",
        "A launch takes no longer than people wait",
        Phase.CANARY,
        (CANARY,),
        launch.launch_is_quick,
        blocks=False,
    ),
)
