"""`binder-deploy kubeconfig`."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File


def kubeconfig(
    file: File = DEFAULT_FILE,
    path: Annotated[bool, typer.Option("--path", help="Only the file's path.")] = False,
    content: Annotated[bool, typer.Option("--print", help="The file itself.")] = False,
) -> int:
    """Tell how `kubectl` and `helm` get into the cluster: `eval "$(binder-deploy kubeconfig)"`."""
    from binder_deploy.cli.flows.errors import Refused
    from binder_deploy.cli.flows.way_in import way_in
    from binder_deploy.cli.ui.screen import screen

    if path and content:
        raise Refused("choose one: --path or --print")
    with screen() as observe:
        found = way_in(file, observe)
    if content:
        typer.echo(found.read_text(encoding="utf-8"), nl=False)
    else:
        typer.echo(str(found) if path else f"export KUBECONFIG={shlex.quote(str(found))}")
    return 0
