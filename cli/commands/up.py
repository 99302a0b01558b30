"""`binder-deploy up`."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from binder_deploy.cli.commands.answering import answering, answers_of
from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json, Name, Report, Yes


@answering
def up(
    called: typer.Context,
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    yes: Yes = False,
    name: Name = "",
    wait: Annotated[
        float,
        typer.Option(
            "--wait",
            envvar="BINDER_DEPLOY_WAIT",
            metavar="SECONDS",
            help="How long to wait for DNS records and certificates.",
        ),
    ] = 600.0,
    report: Report = [],  # noqa: B006
    json: Json = False,
    **answers: str | None,
) -> int:
    """Create the deployment, or change it to what the settings say.

    Checks, plans, asks, deploys and checks again. When it ended early, running it again goes on from there. Without a
    binder.yaml a few questions make one first (as `init` does); each can be answered by its flag or variable.
    """
    from binder_deploy.cli.ui.written import noting, refuse_unwritable, write_reports
    from binder_deploy.cli.wizard.begin import begin, hold_to

    refuse_unwritable(report)
    given = answers_of(called, answers)
    if file.exists():
        hold_to(file, given)
    elif not begin(file, given, command="up", yes=yes):
        return 1

    # Not before: these take seconds, and a person would wait for the first question.
    from binder_deploy.checks.model import Outcome
    from binder_deploy.cli.commands.asking import confirm, confirm_loss
    from binder_deploy.cli.flows.check import reported
    from binder_deploy.cli.flows.real import Request
    from binder_deploy.cli.flows.real import up as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import show_deployed, show_next, up_data, write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.settings.load import load

    settings = load(file)
    noted: dict[str, Outcome] = {}
    try:
        with screen() as observe, run_log(file, "up", observe) as logged:
            outputs, outcomes = flow(
                Request(file, bundle, wait),
                noting(noted, logged),
                lambda question: observe.ask(lambda: confirm(question, yes=yes)),
                lambda what: observe.ask(lambda: confirm_loss(what, settings.name, given=name)),
            )
    finally:  # also when a check blocks: that is when a report is wanted most
        write_reports(reported(file, settings, list(noted.values())), report)
    if outputs is None:
        console().print("Nothing was changed.")
        return 1
    show_deployed(outputs, outcomes, console())
    show_next(settings, console(), "" if file == DEFAULT_FILE else f" --file {shlex.quote(str(file))}")
    if json:
        write_json(up_data(outputs, outcomes))
    return 0
