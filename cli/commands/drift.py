"""`binder-deploy drift`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json


def drift(
    file: File = DEFAULT_FILE,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 5 if something differs.")] = False,
    record: Annotated[
        bool,
        typer.Option("--record", help="Let the state take note of it: the next `up` then puts it right."),
    ] = False,
    json: Json = False,
) -> int:
    """Show what others changed or removed of what was deployed, at the cloud and in the cluster. Changes nothing there.

    Shows which properties differ, never their values. What was added beside the deployment is not seen, nor what was
    changed within a Helm release: `check` looks at that.
    """
    from binder_deploy.cli.exits import CHANGES, DONE
    from binder_deploy.cli.flows.drift import drift as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.drift import drift_data, show_drift
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, "drift", observe, anew=False) as noted:
        found = flow(file, noted, record=record)
    show_drift(found, console(), recorded=record)
    if json:
        write_json(drift_data(found))
    return CHANGES if exit_code and found else DONE
