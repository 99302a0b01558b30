"""`binder-deploy plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json, Report


def plan(
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 5 if there is something to change.")] = False,
    comment: Annotated[
        Path | None,
        typer.Option(
            "--comment", metavar="FILE", help="Write it as Markdown for a pull request, also if it cannot be made."
        ),
    ] = None,
    report: Report = [],  # noqa: B006
    json: Json = False,
) -> int:
    """Show what `up` would create, change or remove, and what it costs. Nothing is changed at the cloud."""
    from binder_deploy.cli.ci.comment import Noted
    from binder_deploy.cli.ci.written import write_comment
    from binder_deploy.cli.exits import CHANGES, DONE
    from binder_deploy.cli.flows.check import reported
    from binder_deploy.cli.flows.cost import costs_of
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.flows.real import plan as flow
    from binder_deploy.cli.flows.summary import changed
    from binder_deploy.cli.ui.cost import cost_data
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.cli.ui.written import refuse_unwritable, write_reports
    from binder_deploy.settings.load import load

    refuse_unwritable(report)
    settings, noted, error = load(file), Noted(), None
    try:
        with screen() as observe, run_log(file, "plan", observe) as logged:
            summary = flow(Request(file, bundle), noted.over(logged))
    except Exception as raised:
        error = raised
        raise
    finally:  # a plan that ended early is what a comment is wanted for most
        write_reports(reported(file, settings, list(noted.outcomes.values())), report)
        if comment:
            write_comment(comment, noted, settings, file.resolve().parent, error)
    if json:
        cost = cost_data(costs_of(file))
        write_json({"schema": "binder-deploy/plan/v1", "changes": dict(summary.changes), "cost": cost})
    return CHANGES if exit_code and changed(summary) else DONE
