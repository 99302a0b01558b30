"""`binder-deploy upgrade` and `binder-deploy rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Name, Yes

_NOTHING = "Nothing was changed."
Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", help="How long the checks afterwards may wait for certificates.")
]


def upgrade(
    file: File = DEFAULT_FILE,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="BUNDLE",
            autocompletion=completing.bundles,
            help="Name of the bundle that this release ships, or a folder that `bundle save` wrote.",
            show_default="the shipped one",
        ),
    ] = "",
    drain: Annotated[
        bool, typer.Option("--drain", help="Let nobody launch, and wait until people's servers are gone.")
    ] = False,
    drain_for: Annotated[
        float, typer.Option("--drain-for", metavar="MINUTES", min=0, help="How long to wait for that at the most.")
    ] = 60.0,
    wait: Wait = 600.0,
    yes: Yes = False,
    name: Name = "",
) -> int:
    """Bring the deployment to a newer bundle of charts, and back by itself if that fails.

    Shows what changes, asks, backs up, upgrades, and waits until all of it is rolled out and well. When it was cut off,
    running it again goes on; `rollback` goes back.
    """
    from binder_deploy.cli.commands.asking import confirm, confirm_loss
    from binder_deploy.cli.flows.upgrade import upgrade as flow
    from binder_deploy.cli.flows.upgrade_way import Request
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.settings.load import load

    request = Request(file=file, to=to, drain=drain, drain_for_s=drain_for * 60, wait_s=wait)
    with screen() as observe, run_log(file, "upgrade", observe) as noted:
        done = flow(
            request,
            noted,
            lambda question: observe.ask(lambda: confirm(question, yes=yes)),
            lambda what: observe.ask(lambda: confirm_loss(what, load(file).name, given=name)),
        )
    console().print("Done: it is rolled out, and answers." if done else _NOTHING)
    return 0 if done else 1


def rollback(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[BACKUP]",
            autocompletion=completing.backups,
            help="Name of the backup (`backup --list`).",
            show_default="the one before the last upgrade",
        ),
    ] = "",
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    wait: Wait = 600.0,
    yes: Yes = False,
) -> int:
    """Go back to a backup: its settings and charts, and the hub's database where the hub's version changes.

    Shows what changes, asks, backs up what there is, and waits until all of it is rolled out and well.
    """
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.rollback import Request
    from binder_deploy.cli.flows.rollback import rollback as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, "rollback", observe) as noted:
        done = flow(
            Request(file=file, name=name, bundle=bundle, wait_s=wait),
            noted,
            lambda question: observe.ask(lambda: confirm(question, yes=yes)),
        )
    console().print("Done: it is back, and well." if done else _NOTHING)
    return 0 if done else 1
