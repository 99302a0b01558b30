"""`binder-deploy history`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json


def history(
    file: File = DEFAULT_FILE,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="So many entries.")] = 20,
    json: Json = False,
) -> int:
    """Show who ran what, when, and how it ended: from the state, on whatever machine, and from this folder's logs."""
    from binder_deploy.cli.flows.history import history as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.history import history_data, show_history
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        past = flow(file, observe, last)
    show_history(past, console())
    if json:
        write_json(history_data(past))
    return 0
