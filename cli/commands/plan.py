"""`binder-deploy plan`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json


def plan(
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 5 if there is something to change.")] = False,
    json: Json = False,
) -> int:
    """Show what `up` would create, change or remove, and what it costs. Nothing is changed at the cloud."""
    from binder_deploy.cli.exits import CHANGES, DONE
    from binder_deploy.cli.flows.cost import costs_of
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.flows.real import plan as flow
    from binder_deploy.cli.flows.summary import changed
    from binder_deploy.cli.ui.cost import cost_data
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        summary = flow(Request(file, bundle), observe)
    if json:
        cost = cost_data(costs_of(file))
        write_json({"schema": "binder-deploy/plan/v1", "changes": dict(summary.changes), "cost": cost})
    return CHANGES if exit_code and changed(summary) else DONE
