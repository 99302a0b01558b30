"""What can be rotated, on the screen and as JSON; never what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.cli.flows.rotate import Rotatable

SCHEMA = "binder-deploy/secrets/v1"


def show_secrets(there: Sequence[Rotatable], console: Console) -> None:
    """Two lines each."""
    width = max(len(one.name) for one in there)
    for one in there:
        console.print(Text(f"{one.name:<{width}}  {one.what}"), soft_wrap=True)
        console.print(Text(f"{'':<{width}}  {one.means}", style="dim"), soft_wrap=True)


def secrets_data(there: Sequence[Rotatable]) -> dict[str, Any]:
    """For machines; keys are only ever added."""
    return {
        "schema": SCHEMA,
        "secrets": [{"name": one.name, "what": one.what, "means": one.means} for one in there],
    }
