"""A launch on the screen and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.checks.launch.model import LogLine
from binder_deploy.cli.flows.launch import Result
from binder_deploy.cli.ui.console import seconds

LAUNCH_SCHEMA = "binder-deploy/launch/v1"
"""Grows by new keys only; anything else is a new version."""


def with_log(observe: Callable[[object], None], console: Console) -> Callable[[object], None]:
    """The same observer, which shows the builder's log, too."""

    def told(event: object) -> None:
        if isinstance(event, LogLine):
            console.print(Text(f"    {event.text}", style="bright_black"), soft_wrap=True)
        observe(event)

    return told


def show_log(result: Result, console: Console) -> None:
    """What the builder said before it went wrong."""
    for line in result.proof.log:
        console.print(Text(f"    {line}", style="bright_black"), soft_wrap=True)


def show_launched(result: Result, console: Console) -> None:
    """What was proved, in two lines."""
    proof = result.proof
    console.print()
    line = Text("Launched ", style="bold green")
    line.append(f"in {seconds(proof.seconds)}: ", style="")
    line.append("built, " if proof.built else "the image was there, ", style="")
    line.append(f"{proof.cell.code} gave {proof.cell.output}" if proof.cell else "no kernel that could be tried")
    line.append("." if proof.server else ", stopped.")
    console.print(line)


def launch_url(result: Result) -> str:
    """The kept server with its token, ready to open; otherwise the address that launches the repository again."""
    server = result.proof.server
    if server:
        return f"{server.url}?token={server.token}"
    return f"{result.request.binder}v2/{result.request.spec}"


def launch_data(result: Result) -> dict[str, Any]:
    """For machines. `url` has the server's token if it was kept, since it is of no use without; nothing else has."""
    proof = result.proof
    failure = proof.failure or proof.unstopped
    return {
        "schema": LAUNCH_SCHEMA,
        "binder": result.request.binder,
        "repository": result.request.spec.repository,
        "spec": str(result.request.spec),
        "result": "failed" if failure else "launched",
        "built": proof.built,
        "image": proof.image or None,
        "seconds": round(proof.seconds, 3),
        "stages": [{"name": stage.name, "seconds": round(stage.seconds, 3)} for stage in proof.stages],
        "cell": {"code": proof.cell.code, "output": proof.cell.output} if proof.cell else None,
        "stopped": proof.ready and proof.server is None and proof.unstopped is None,
        "kept": proof.server is not None,
        "url": launch_url(result),
        "failure": {
            "stage": failure.stage,
            "message": failure.message,
            "remedy": failure.remedy,
            "log": list(proof.log),
        }
        if failure
        else None,
    }
