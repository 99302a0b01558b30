"""`binder-deploy launch`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json


def launch(
    repository: Annotated[
        str, typer.Argument(metavar="REPO", help="OWNER/NAME at GitHub, the address of a Git repository, or a DOI.")
    ],
    ref: Annotated[
        str | None, typer.Option("--ref", help="Branch, tag or commit.", show_default="the default branch")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", envvar="BINDER_DEPLOY_URL", help="Any BinderHub, instead of the one of the settings."),
    ] = None,
    file: File = DEFAULT_FILE,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server running and show how to open it.")] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="How long to wait for the server.")
    ] = 1800.0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the builder's log.")] = False,
    json: Json = False,
) -> int:
    """Launch a repository as a visitor does, run a cell in its server, and stop it.

    Follows clone, build, push and launch, each with its time, at any BinderHub. Where people log in, put a token of
    the hub into BINDER_DEPLOY_TOKEN.
    """
    from binder_deploy.checks.launch.model import error
    from binder_deploy.cli.flows.launch import Request
    from binder_deploy.cli.flows.launch import launch as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.launch import launch_data, launch_url, show_launched, show_log, with_log
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, "launch", observe, anew=False) as noted:
        told = with_log(noted, console()) if verbose else noted
        result = flow(Request(repository, ref, url, file, keep, timeout), told)
    if json:
        write_json(launch_data(result))
    failure = result.proof.failure or result.proof.unstopped
    if failure:
        if not verbose:
            show_log(result, console())
        raise error(failure)
    show_launched(result, console())
    if not json:
        typer.echo(launch_url(result))
    return 0
