"""`binder-deploy down`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File


def down(
    file: File = DEFAULT_FILE,
    name: Annotated[
        str,
        typer.Option(
            "--name", envvar="BINDER_DEPLOY_NAME", help="The deployment's name, instead of typing it when asked."
        ),
    ] = "",
) -> int:
    """Remove everything that `up` made, in the order that leaves nothing behind, and prove it.

    Exit 6 while anything is left that should not be.
    """
    from binder_deploy.cli.commands.asking import confirm_name
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.flows.real import down as flow
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, "down", observe) as noted:
        flow(Request(file), noted, lambda wanted: observe.ask(lambda: confirm_name(wanted, given=name)))
    return 0
