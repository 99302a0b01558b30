"""`binder-deploy secrets`: what must not be known, and now and then made anew."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json, Yes

app = typer.Typer(help="The deployment's secrets: tokens, credentials, the passphrase.", no_args_is_help=True)


@app.callback()
def secrets() -> None:
    """The deployment's secrets: tokens, credentials, the passphrase."""


@app.command()
def rotate(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAMES",
            autocompletion=completing.secrets,
            help="Which: hub-token, binder.github_token, passphrase, …",
        ),
    ] = [],  # noqa: B006
    file: File = DEFAULT_FILE,
    listing: Annotated[bool, typer.Option("--list", help="Show what can be rotated, and what that means.")] = False,
    bundle: Bundle = None,
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Give the deployment new secrets, and the service at once.

    Tokens are made anew; credentials are read again where binder.yaml says, so change them there first. The
    passphrase is rotated by itself: the state is encrypted anew, and whoever shares it needs the new one.
    """
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.flows.rotate import rotatable
    from binder_deploy.cli.flows.rotate import rotate as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.cli.ui.secrets import secrets_data, show_secrets
    from binder_deploy.settings.load import load

    if listing:
        there = rotatable(load(file))
        show_secrets(there, console())
        if json:
            write_json(secrets_data(there))
        return 0
    with screen() as observe, run_log(file, "secrets-rotate", observe) as noted:
        done = flow(
            Request(file, bundle), names, noted, lambda question: observe.ask(lambda: confirm(question, yes=yes))
        )
    console().print("Done." if done else "Nothing was changed.")
    return 0 if done else 1
