"""Questions to a person. Without a terminal there is nobody to ask, and guessing would be worse."""

from __future__ import annotations

import sys

import typer

from binder_deploy.cli.flows.errors import Refused


def confirm(question: str, *, yes: bool) -> bool:
    """Yes or no; `yes` answers beforehand."""
    if yes:
        return True
    _need_terminal("--yes", "BINDER_DEPLOY_YES=1")
    return typer.confirm(question, err=True)


def confirm_name(name: str, *, given: str) -> bool:
    """Have the deployment's name typed before all of it is removed; `given` is what --name said."""
    return confirm_loss("Everything is removed, the hub's database too.", name, given=given)


def confirm_loss(what: str, name: str, *, given: str) -> bool:
    """Have the deployment's name typed before data is lost: `--yes` never answers that. `given` is what --name said."""
    if not given:
        _need_terminal(f"--name {name}", f"BINDER_DEPLOY_NAME={name}")
        given = typer.prompt(f"{what} Type the name ({name})", err=True)
    return given == name


def _need_terminal(flag: str, variable: str) -> None:
    if not sys.stdin.isatty():
        raise Refused(f"there is no terminal to ask at; say it beforehand with {flag} or {variable}")
