"""Options that stand before any command: how much is shown, and whether in colour."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_deploy.cli.ui.look import Color, Verbosity, set_look


def look(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only what must be read.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every verdict and what the engine says.")
    ] = False,
    color: Annotated[
        Color, typer.Option("--color", envvar="BINDER_DEPLOY_COLOR", help="Colours; `NO_COLOR` is heeded, too.")
    ] = Color.AUTO,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", envvar="BINDER_DEPLOY_PLAIN", help="Lines of text and numbered choices, for screen readers."
        ),
    ] = False,
) -> None:
    """From nothing to a working BinderHub: settings, checks, cluster, registry, TLS, and back to nothing."""
    if quiet and verbose:
        raise typer.BadParameter("choose one: -q or -v")
    set_look(Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else None, color, plain=plain)
