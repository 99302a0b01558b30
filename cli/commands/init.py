"""`binder-deploy init`."""

from __future__ import annotations

import typer

from binder_deploy.cli.commands.answering import answering, answers_of
from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Yes


@answering
def init(called: typer.Context, file: File = DEFAULT_FILE, yes: Yes = False, **answers: str | None) -> int:
    """Write binder.yaml from a few questions, and end. Creates nothing else; `up` goes on from there.

    Each question can be answered beforehand by its flag or variable; without a terminal all must be that have no
    default. A file that is there already is never overwritten.
    """
    from binder_deploy.cli.flows.errors import Refused
    from binder_deploy.cli.wizard.begin import begin

    if file.exists():
        raise Refused(f"{file} is there already and is not overwritten; edit it, or name another one with --file")
    return 0 if begin(file, answers_of(called, answers), command="init", yes=yes) else 1
