"""`binder-deploy open`."""

from __future__ import annotations

import webbrowser
from enum import StrEnum
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File


class Part(StrEnum):
    """What has a page of its own."""

    BINDER = "binder"
    HUB = "hub"
    MONITORING = "monitoring"


def open_(
    part: Annotated[Part, typer.Argument(help="Which page.")] = Part.BINDER,
    file: File = DEFAULT_FILE,
) -> int:
    """Open the Binder, or its hub, in a browser. The address is written to standard output, too.

    Of `monitoring` nothing is on the internet: the commands that lead to it are written, and nothing is opened.
    """
    from binder_deploy.cli.flows.way_in import address_of, way_to_monitoring
    from binder_deploy.cli.ui.screen import screen

    if part is Part.MONITORING:
        with screen() as observe:
            lines = way_to_monitoring(file, observe)
        typer.echo("\n".join(lines))
        return 0
    with screen() as observe:
        url = address_of(file, part.value, observe)
    typer.echo(url)
    webbrowser.open(url)
    return 0
