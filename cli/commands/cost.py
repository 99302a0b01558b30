"""`binder-deploy cost`."""

from __future__ import annotations

from json import dumps
from typing import Annotated

import typer

from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json


def cost(
    file: File = DEFAULT_FILE,
    people: Annotated[
        int, typer.Option("--people", metavar="N", min=1, help="People in a workshop, each with a server.")
    ] = 30,
    hours: Annotated[float, typer.Option("--hours", metavar="H", min=0, help="How long the workshop takes.")] = 2.0,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh",
            help="First read the region's list prices from the cloud's own list into prices.yaml. Amazon's is public; "
            "Google's wants a login or GOOGLE_API_KEY.",
        ),
    ] = False,
    json: Json = False,
) -> int:
    """Show what the deployment costs: idle, at full load, and for a workshop. Needs no account and no tools.

    Prices come from a dated table; one that it lacks is shown as unknown.
    """
    from binder_deploy.cli.flows.cost import costs_of
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.cost import cost_data, show_cost
    from binder_deploy.stacks.cost.running import Workshop

    if refresh:
        from binder_deploy.cli.flows.prices import refresh as read_anew
        from binder_deploy.cli.ui.screen import screen

        with screen() as observe:
            read_anew(file, observe)
    found = costs_of(file, Workshop(people, hours))
    show_cost(found, console())
    if json:
        typer.echo(dumps(cost_data(found), indent=2))
    return 0
