"""Options that several commands share, in the groups that their help shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.commands import completing

DEPLOYMENT, ASKING, OUTPUT = "Deployment", "Asking", "Output"

File = Annotated[
    Path,
    typer.Option(
        "--file",
        "-f",
        envvar="BINDER_DEPLOY_FILE",
        help="The settings.",
        show_default="binder.yaml",
        rich_help_panel=DEPLOYMENT,
    ),
]
Bundle = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        envvar="BINDER_DEPLOY_BUNDLE",
        autocompletion=completing.folders,
        help="Folder with chart archives (NAME-VERSION.tgz) to take charts from; `upgrade` alone moves the lock.",
        rich_help_panel=DEPLOYMENT,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Write the result to standard output as JSON.", rich_help_panel=OUTPUT)
]
Report = Annotated[
    list[Path],
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write a report of the checks, by its name: .json, .xml (JUnit), .sarif or .html; may be repeated.",
        rich_help_panel=OUTPUT,
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", envvar="BINDER_DEPLOY_YES", help="Do not ask before changing.", rich_help_panel=ASKING),
]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        envvar="BINDER_DEPLOY_NAME",
        help="The deployment's name, instead of typing it before data is lost; --yes does not answer that.",
        rich_help_panel=ASKING,
    ),
]
DEFAULT_FILE = Path("binder.yaml")
