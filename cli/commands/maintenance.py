"""`binder-deploy maintenance`: nobody can launch for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Yes
from binder_deploy.settings.maintenance import USUAL

app = typer.Typer(help="Close the Binder for a while: nobody can launch, running servers stay.", no_args_is_help=True)


@app.command()
def on(
    message: Annotated[str, typer.Option("--message", help="What people read above every page.")] = USUAL,
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    yes: Yes = False,
) -> int:
    """Let nobody launch, and say why in a banner. Running servers stay; `up` leaves it on; `off` ends it."""
    from binder_deploy.cli.flows.errors import Refused

    if not message.strip():
        raise Refused("--message: say why nobody can launch, or leave it out")
    return _carry_out(file, bundle, message.strip(), yes=yes)


@app.command()
def off(file: File = DEFAULT_FILE, bundle: Bundle = None, yes: Yes = False) -> int:
    """Let people launch again."""
    return _carry_out(file, bundle, "", yes=yes)


def _carry_out(file: File, bundle: Bundle, text: str, *, yes: bool) -> int:
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.maintenance import maintain
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, f"maintenance-{'on' if text else 'off'}", observe) as noted:
        done = maintain(
            Request(file, bundle), text, noted, lambda question: observe.ask(lambda: confirm(question, yes=yes))
        )
    if not done:
        console().print("Nothing was changed.")
        return 1
    console().print("Maintenance is on: nobody can launch." if text else "Maintenance is off: people can launch.")
    return 0
