"""`binder-deploy check`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json


def check(
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    phases: Annotated[list[str], typer.Option("--phase", help="Only checks of this phase; may be repeated.")] = [],  # noqa: B006
    only: Annotated[list[str], typer.Option("--only", metavar="ID", help="Only this check.")] = [],  # noqa: B006
    skip: Annotated[list[str], typer.Option("--skip", metavar="ID", help="Not this check.")] = [],  # noqa: B006
    ignore: Annotated[
        list[str], typer.Option("--ignore", metavar="ID", help="Show a failure of this check as a warning.")
    ] = [],  # noqa: B006
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="Ask again until it passes.")] = 0.0,
    explain: Annotated[str, typer.Option("--explain", metavar="ID", help="Show the page of a check.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="List the checks.")] = False,
    json: Json = False,
) -> int:
    """Ask the checks: of the settings alone, or of a deployment too if there is one. Exit 4 if one blocks."""
    from binder_deploy.checks.report import blocking, describe, report
    from binder_deploy.cli.flows.check import Selection, run_checks, selected
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import show_catalogue, show_outcomes, write_json
    from binder_deploy.cli.ui.screen import screen

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
    with screen() as observe:
        outcomes = run_checks(file, bundle, selection, observe)
    show_outcomes(outcomes, console())
    if json:
        write_json(report(outcomes))
    return 4 if blocking(outcomes) else 0
