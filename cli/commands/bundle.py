"""`binder-deploy bundle`: the chart archives, for sites that cannot reach their publishers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File

app = typer.Typer(help="The charts that are installed.", no_args_is_help=True)


@app.command()
def save(
    folder: Annotated[Path, typer.Argument(help="Folder to write NAME-VERSION.tgz files into.")],
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
) -> int:
    """Write the archives into a folder; elsewhere, `--bundle FOLDER` installs from it, `upgrade --to` upgrades."""
    from binder_deploy.charts.save import save as write
    from binder_deploy.cli.flows.acquire import get_charts
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        resolved = get_charts(file.resolve().parent, bundle, observe, allow_stand_ins=False)
    for written in write(resolved, folder):
        console().print(str(written), soft_wrap=True)
    return 0
