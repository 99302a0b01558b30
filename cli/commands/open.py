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


def open_(
    part: Annotated[Part, typer.Argument(help="Which page.")] = Part.BINDER,
    file: File = DEFAULT_FILE,
) -> int:
    """Open the Binder, or its hub, in a browser. The address is written to standard output, too."""
    from binder_deploy.cli.flows.way_in import address_of
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        url = address_of(file, part.value, observe)
    typer.echo(url)
    webbrowser.open(url)
    return 0
