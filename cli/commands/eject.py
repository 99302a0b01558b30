"""`binder-deploy eject`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File


def eject(
    folder: Annotated[Path, typer.Argument(help="Folder to write the project into; it must be empty.")] = Path(
        "pulumi"
    ),
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
) -> int:
    """Write the deployment as an ordinary Pulumi project, which plain `pulumi` goes on with: same state, no change."""
    from binder_deploy.cli.flows.eject import eject as flow
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        files = flow(Request(file, bundle), folder, observe)
    for written in files:
        console().print(str(written), soft_wrap=True, markup=False)
    return 0
