"""`binder-deploy backup` and `restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json, Yes


def backup(
    file: File = DEFAULT_FILE,
    listing: Annotated[bool, typer.Option("--list", help="Show the backups that there are, and make none.")] = False,
    json: Json = False,
) -> int:
    """Copy what cannot be made again, into .binder-deploy/backups: the hub's database, state, settings, lock.

    The hub runs on meanwhile. The newest ten are kept, and the last one with a database. Ends with exit code 1 where
    there is a hub whose database could not be had.
    """
    from binder_deploy.cli.flows.backup import back_up
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.ui.backup import backup_data, lacking, list_data, show_backups
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.ops.backup.kept import kept
    from binder_deploy.stacks.local_site import FOLDER

    if listing:
        found = kept(file.resolve().parent / FOLDER)
        show_backups(found, console())
        if json:
            write_json(list_data(found))
        return 0
    with screen() as observe, run_log(file, "backup", observe) as noted:
        made = back_up(Request(file), noted)
    console().print(f"Kept in {made.folder}", soft_wrap=True, markup=False)
    if json:
        write_json(backup_data(made))
    return 1 if lacking(made) else 0


def restore(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", autocompletion=completing.backups, help="As `backup --list` has it; or `latest`."
        ),
    ],
    file: File = DEFAULT_FILE,
    settings: Annotated[
        bool, typer.Option("--settings", help="Put binder.yaml and binder.lock.yaml back, too; `up` brings them.")
    ] = False,
    yes: Yes = False,
) -> int:
    """Put the hub's database of a backup back. A backup of the present is made first.

    The hub is away for a minute or two: nobody can launch, running servers go on. When it ended early, running it again
    goes on from there.
    """
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.backup import restore as flow
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, "restore", observe) as noted:
        done = flow(
            Request(file),
            name,
            noted,
            lambda question: observe.ask(lambda: confirm(question, yes=yes)),
            settings=settings,
        )
    console().print("It is back." if done else "Nothing was changed.")
    return 0 if done else 1
