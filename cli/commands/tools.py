"""`binder-deploy tools`: the pinned programs."""

from __future__ import annotations

from dataclasses import asdict

import typer

from binder_deploy.cli.commands.options import Json

app = typer.Typer(help="The programs that binder-deploy brings along.", no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> int:
    """Show the programs in the cache: version, origin, size, and whether they are sound."""
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import show_tools, write_json
    from binder_deploy.tools.acquire import installed

    found = installed()
    if json:
        write_json([{**asdict(tool), "path": str(tool.path)} for tool in found])
    else:
        show_tools(found, console())
    return 0


@app.command()
def fetch() -> int:
    """Get every program now: from PATH or the cache, else downloaded, else built."""
    from binder_deploy.cli.flows.acquire import get_tools
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        get_tools(observe, rehearsal=True, installs=True)
    return 0


@app.command()
def prune() -> int:
    """Remove programs of other versions, and what is left of builds."""
    from binder_deploy.cli.ui.console import console
    from binder_deploy.tools.acquire import prune as clean

    console().print(f"{clean() / 1e6:.0f} MB freed")
    return 0
