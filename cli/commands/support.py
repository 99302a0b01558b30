"""`binder-deploy support`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File


def support(
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write here.", show_default="a name of its own"),
    ] = None,
) -> int:
    """Pack what somebody needs to help you: facts, verdicts, events, logs, versions. Secrets are taken out.

    The archive is searched for every known secret before it is written. Have a look at it before you send it.
    """
    from binder_deploy.cli.flows.errors import Refused
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.flows.support import support as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import show_packed
    from binder_deploy.cli.ui.screen import screen

    if output and not output.resolve().parent.is_dir():
        raise Refused(f"--output {output}: there is no folder {output.parent}")
    with screen() as observe:
        packed = flow(Request(file, bundle), output, observe)
    show_packed(packed, console())
    return 0
