"""`binder-deploy status`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json


def status(
    file: File = DEFAULT_FILE,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help="Exit 4 if a check blocks; 1 if nothing is deployed, no answer came, or work is left."
        ),
    ] = False,
    json: Json = False,
) -> int:
    """Show how the deployment is: addresses, versions, checks, nodes, people's servers, certificate, state, work left.

    Only looks, and asks no passphrase. Checks that take long or try something out are left to `check`.
    """
    from binder_deploy.checks.reports.words import blocking
    from binder_deploy.cli.exits import BLOCKED, DONE, FAILED
    from binder_deploy.cli.flows.status import status as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.cli.ui.status import show_status, status_data

    with screen() as observe:
        found = flow(file, observe)
    show_status(found, console())
    if json:
        write_json(status_data(found))
    if not exit_code:
        return DONE
    if blocking(found.outcomes):
        return BLOCKED
    return FAILED if not found.deployed or found.silent or found.pending else DONE
