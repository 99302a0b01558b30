"""`binder-deploy ban` and `unban`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Yes

_HELP = "OWNER/NAME, or a regular expression of repositories."
Repository = Annotated[str, typer.Argument(metavar="REPO", help=_HELP)]
Banned = Annotated[str, typer.Argument(metavar="REPO", help=_HELP, autocompletion=completing.banned)]


def ban(repository: Repository, file: File = DEFAULT_FILE, bundle: Bundle = None, yes: Yes = False) -> int:
    """Refuse to build and launch a repository, at once: in binder.yaml (`binder.banned_repositories`) and the cluster.

    Servers of it that run stay; `kubectl delete pod` ends one.
    """
    return _carry_out(repository, file, bundle, yes=yes, lift=False)


def unban(repository: Banned, file: File = DEFAULT_FILE, bundle: Bundle = None, yes: Yes = False) -> int:
    """Lift a ban, named as it was banned."""
    return _carry_out(repository, file, bundle, yes=yes, lift=True)


def _carry_out(repository: str, file: File, bundle: Bundle, *, yes: bool, lift: bool) -> int:
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.ban import ban as flow
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe, run_log(file, "unban" if lift else "ban", observe) as noted:
        done = flow(
            Request(file, bundle),
            repository,
            noted,
            lambda question: observe.ask(lambda: confirm(question, yes=yes)),
            lift=lift,
        )
    if not done:
        console().print("Nothing was changed.")
        return 1
    return 0
