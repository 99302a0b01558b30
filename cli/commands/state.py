"""`binder-deploy state`: the record of what exists."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json, Yes

app = typer.Typer(help="Where the record of what exists is kept.", no_args_is_help=True)


@app.command()
def show(file: File = DEFAULT_FILE, json: Json = False) -> int:
    """Tell where the state is, what encrypts it, how much it knows of, and the last operations."""
    from dataclasses import asdict

    from binder_deploy.cli.flows.state import show as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.cli.ui.state import lines

    with screen() as observe:
        shown = flow(file, observe)
    for line in lines(shown):
        console().print(line, soft_wrap=True, markup=False)
    if json:
        write_json({"schema": "binder-deploy/state/v1", **asdict(shown)})
    return 0


@app.command()
def move(
    file: File = DEFAULT_FILE,
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            envvar="BINDER_DEPLOY_STATE_FROM",
            metavar="PLACE",
            autocompletion=completing.among(completing.PLACES),
            help="Where the state is now, if this folder does not know: local, gs://…, s3://…, pulumi-cloud/ORG.",
        ),
    ] = None,
    yes: Yes = False,
) -> int:
    """Take the state to where `state` in binder.yaml says. Change that first, then run this.

    The old state stays valid until the new one is compared and found to be the same; a move that was cut off is run
    again.
    """
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.state import move as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        where = flow(file, origin, observe, lambda question: observe.ask(lambda: confirm(question, yes=yes)))
    console().print(f"The state is in {where} now.", soft_wrap=True)
    return 0


@app.command()
def unlock(file: File = DEFAULT_FILE, yes: Yes = False) -> int:
    """Free a state that a run holds which is dead for certain: its machine is gone, its CI job has ended."""
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.state import unlock as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        flow(file, observe, lambda question: observe.ask(lambda: confirm(question, yes=yes)))
    console().print("The state is free.")
    return 0


@app.command()
def recover(file: File = DEFAULT_FILE, yes: Yes = False) -> int:
    """Go on with a state whose passphrase is lost for good: what exists stays known, secrets are made anew.

    Run `binder-deploy up` afterwards: it brings the new secrets into the service, which logs everybody out once.
    """
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.state import recover as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        lost = flow(file, observe, lambda question: observe.ask(lambda: confirm(question, yes=yes)))
    for urn in lost:
        console().print(f"to be replaced by the next `up`: {urn.rpartition('::')[2]}", soft_wrap=True, markup=False)
    console().print("The state has a new passphrase. Run `binder-deploy up` now.")
    return 0
