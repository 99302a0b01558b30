"""`binder-deploy check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json, Report


def check(
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    phases: Annotated[
        list[str],
        typer.Option("--phase", autocompletion=completing.phases, help="Only checks of this phase; may be repeated."),
    ] = [],  # noqa: B006
    only: Annotated[
        list[str],
        typer.Option(
            "--only", metavar="ID", autocompletion=completing.checks, help="Only this check; may be repeated."
        ),
    ] = [],  # noqa: B006
    skip: Annotated[
        list[str],
        typer.Option("--skip", metavar="ID", autocompletion=completing.checks, help="Not this check; may be repeated."),
    ] = [],  # noqa: B006
    ignore: Annotated[
        list[str],
        typer.Option(
            "--ignore",
            metavar="ID",
            autocompletion=completing.checks,
            help="Show a failure of this check as a warning.",
        ),
    ] = [],  # noqa: B006
    wait: Annotated[
        float | None,
        typer.Option("--wait", metavar="SECONDS", help="Ask again until it passes.", show_default=False),
    ] = None,
    report: Report = [],  # noqa: B006
    archive: Annotated[
        Path | None,
        typer.Option("--from", metavar="ARCHIVE", help="Judge the facts of a support archive; ask nothing anew."),
    ] = None,
    explain: Annotated[
        str, typer.Option("--explain", metavar="ID", autocompletion=completing.checks, help="Show the page of a check.")
    ] = "",
    list_: Annotated[bool, typer.Option("--list", help="List the checks.")] = False,
    json: Json = False,
) -> int:
    """Ask the checks: of the settings alone, or of a deployment too if there is one. Exit 4 if one blocks.

    `checks.*` in binder.yaml says the same as --phase, --only, --skip, --ignore and --wait, for good.
    """
    from binder_deploy.checks.reports.data import describe, report_of
    from binder_deploy.checks.reports.words import blocking
    from binder_deploy.cli.flows.check import run_checks, run_recorded
    from binder_deploy.cli.flows.selection import Selection, selected
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import show_catalogue, write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.cli.ui.verdicts import show_outcomes
    from binder_deploy.cli.ui.written import refuse_unwritable, write_reports

    if explain:
        from binder_deploy.checks.explain import explain as page

        typer.echo(page(explain))
        return 0
    selection = Selection(tuple(phases), tuple(only), tuple(skip), tuple(ignore), wait)
    if list_:
        if json:
            write_json([describe(c) for c in selected(selection)])
        else:
            show_catalogue(selected(selection), console())
        return 0
    refuse_unwritable(report)
    if archive:
        run = run_recorded(archive, selection)
    else:
        with screen() as observe, run_log(file, "check", observe, anew=False) as noted:
            run = run_checks(file, bundle, selection, noted)
    show_outcomes(run.outcomes, console())
    write_reports(run, report)
    if json:
        write_json(report_of(run))
    return 4 if blocking(run.outcomes) else 0
