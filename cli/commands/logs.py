"""`binder-deploy logs`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, File


def logs(
    what: Annotated[
        str,
        typer.Argument(
            metavar=f"[{'|'.join(completing.PARTS)}|POD]",
            autocompletion=completing.among(completing.PARTS),
            help="A part of the service, or a pod by its name or how that begins.",
            show_default="all but people's own servers",
        ),
    ] = "",
    file: File = DEFAULT_FILE,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as it is written, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Only the last 90s, 10m, 2h, 1d.")] = "",
    tail: Annotated[
        int, typer.Option("--tail", metavar="N", min=0, help="Lines of each container, the newest; 0: every one.")
    ] = 200,
    previous: Annotated[
        bool, typer.Option("--previous", help="Of containers that were started again: what they wrote before.")
    ] = False,
) -> int:
    """Show what the service's containers write, each line after its pod. Secrets are taken out."""
    from binder_deploy.cli.flows.logs import Request
    from binder_deploy.cli.flows.logs import logs as flow
    from binder_deploy.cli.ui.look import verbosity
    from binder_deploy.cli.ui.plain import PlainScreen

    request = Request(file=file, what=what, follow=follow, since=since, tail=tail or None, previous=previous)
    try:
        # Plain, also on a terminal: live rows would get between the lines.
        for line in flow(request, PlainScreen(verbosity=verbosity())):
            sys.stdout.write(f"{line.label}  {line.text}\n")
            if follow:
                sys.stdout.flush()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has enough (`| head`). Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
