"""What is otherwise at the cloud, and the same as JSON. Paths of properties only: values may be secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.cli.ui.words import short_type
from binder_deploy.stacks.drift import Difference

SCHEMA = "binder-deploy/drift/v1"


def show_drift(differences: Sequence[Difference], console: Console, *, recorded: bool = False) -> None:
    """A line for each resource, with its properties below, and what to do about it."""
    if not differences:
        console.print("The cloud and the cluster are as this deployment left them.")
        return
    for found in differences:
        word = "is gone" if found.kind == "gone" else "was changed"
        console.print(Text(f"{short_type(found.type)} {found.name} {word}"), soft_wrap=True)
        for path in found.paths:
            console.print(Text(f"    {path}"), soft_wrap=True)
    if any(found.by_hand for found in differences):
        console.print(
            "What somebody wrote into an object of the cluster is kept for them: take it back with `kubectl edit`.",
            soft_wrap=True,
        )
    if not all(found.by_hand for found in differences):
        console.print(
            "The state has taken note; `binder-deploy up` puts it right."
            if recorded
            else "Nothing was changed. To put it right: `binder-deploy drift --record`, then `binder-deploy up`.",
            soft_wrap=True,
        )


def drift_data(differences: Sequence[Difference]) -> dict[str, Any]:
    """For machines; keys are only ever added."""
    return {
        "schema": SCHEMA,
        "drift": bool(differences),
        "differences": [
            {
                "urn": d.urn,
                "type": d.type,
                "name": d.name,
                "kind": d.kind,
                "paths": list(d.paths),
                "by_hand": d.by_hand,
            }
            for d in differences
        ],
    }
