"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[
    Path, typer.Option("--file", "-f", envvar="BINDER_DEPLOY_FILE", help="The settings.", show_default="binder.yaml")
]
Bundle = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        envvar="BINDER_DEPLOY_BUNDLE",
        help="Folder with chart archives (NAME-VERSION.tgz) to take charts from; `upgrade` alone moves the lock.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write the result to standard output as JSON.")]
Report = Annotated[
    list[Path],
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write a report of the checks, by its name: .json, .xml (JUnit), .sarif or .html; may be repeated.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", envvar="BINDER_DEPLOY_YES", help="Do not ask before changing.")]
DEFAULT_FILE = Path("binder.yaml")
