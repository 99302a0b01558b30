"""`binder-deploy rehearse`."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, Bundle, File, Json, Report


def rehearse(
    file: File = DEFAULT_FILE,
    bundle: Bundle = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running, and say how to look at it.")] = False,
    end: Annotated[
        str,
        typer.Option(
            "--end", metavar="ID", autocompletion=completing.kept_rehearsals, help="End a rehearsal that was kept."
        ),
    ] = "",
    report: Report = [],  # noqa: B006
    json: Json = False,
) -> int:
    """Run the whole deployment on this machine, from nothing to removed.

    The real engine, a real Kubernetes control plane, the unchanged program; only what costs money is played. Without
    a binder.yaml in this folder the bundled example is rehearsed. Nothing outside this machine is contacted but the
    places where tools and charts are downloaded.
    """
    from binder_deploy.cli.flows.acquire import settings_or_example
    from binder_deploy.cli.flows.check import reported
    from binder_deploy.cli.flows.events import Notice
    from binder_deploy.cli.flows.rehearse import Request, Result, end_kept, rehearse
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import rehearsal_data, show_rehearsal, write_json
    from binder_deploy.cli.ui.run_log import run_log
    from binder_deploy.cli.ui.screen import screen
    from binder_deploy.cli.ui.written import refuse_unwritable, write_reports

    if end:
        end_kept(end)
        return 0
    refuse_unwritable(report)
    found = settings_or_example(file)
    result = Result()
    try:
        with screen() as shown, run_log(file, "rehearse", shown, anew=False) as observe:
            observe(
                Notice(
                    f"{found.name}: {found.settings.name} on {found.settings.platform.kind}, rehearsed on this machine"
                )
            )
            rehearse(Request(found.folder, found.settings, bundle, keep), result, observe)
        show_rehearsal(result, console())
    finally:
        write_reports(reported(file, found.settings, result.outcomes, simulated=True), report)
        if json:  # a machine wants to know how far it came, too
            write_json(rehearsal_data(result))
    return 0
