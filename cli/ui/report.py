"""The end of a command on one screen, and the same as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.checks.model import Check, Outcome, Skipped
from binder_deploy.checks.reports.data import report
from binder_deploy.cli.flows.events import PhaseEnded
from binder_deploy.cli.flows.rehearse import Result
from binder_deploy.cli.flows.summary import tally
from binder_deploy.cli.flows.support import Packed
from binder_deploy.cli.ui.console import seconds
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.local_site import FOLDER
from binder_deploy.tools.store import Installed

REHEARSAL_SCHEMA = "binder-deploy/rehearsal/v1"
UP_SCHEMA = "binder-deploy/up/v1"
_NEXT = (
    ("launch binder-examples/requirements", "a first launch, as a visitor does it"),
    ("status", "how it is, at any time"),
    ("backup", "state, secrets and the hub's database, before you change anything"),
    ("down", "removes all of it; until then it may cost"),
)
"""Commands after a deployment, and why."""


def show_rehearsal(result: Result, console: Console) -> None:
    """What a rehearsal showed, and what it cannot show."""
    simulated = sum(isinstance(o.verdict, Skipped) and o.verdict.reason == "simulated" for o in result.outcomes)
    total = sum(p.seconds for p in result.phases)
    console.print()
    line = Text("Rehearsed ", style="bold green")
    line.append(f"in {seconds(total)}: {tally(result.outcomes)}.", style="")
    console.print(line)
    console.print(
        f"Not shown by a rehearsal: {simulated} checks rest on played facts (running, ready, bound, issued); "
        "webhooks, probes, images, your account's quotas and permissions, DNS.",
        style="bright_black",
    )
    if result.kept:
        console.print(f"\nIt was kept. Look:  export KUBECONFIG={result.kept.kubeconfig}", soft_wrap=True)
        console.print(f"End it:             binder-deploy rehearse --end {result.kept.id}")


def show_packed(packed: Packed, console: Console) -> None:
    """Where the support archive is, what is not in it, and what to do with it."""
    for part, why in packed.missing.items():
        console.print(Text(f"  not there: {part} ({why.splitlines()[0]})", style="bright_black"))
    checks = f" Checks: {packed.checks[:1].lower()}{packed.checks[1:]}." if packed.checks else ""
    console.print(f"{packed.path} ({packed.size / 1024:.0f} KiB).{checks}", soft_wrap=True)
    console.print("Secrets were taken out. Look through it before you send it.")
    if packed.checks:
        console.print(f"To judge its facts again:  binder-deploy check --from {packed.path}", soft_wrap=True)


def show_deployed(outputs: Outputs, outcomes: Sequence[Outcome], console: Console) -> None:
    """Where the deployment is, and what is left to do."""
    console.print()
    console.print(Text("Deployed. ", style="bold green").append(f"{tally(outcomes)}.", style=""))
    console.print(f"  Binder   {outputs.binder_url}\n  Hub      {outputs.hub_url}\n  Address  {outputs.address}")


def show_next(settings: Settings, console: Console, option: str = "") -> None:
    """What to do with a deployment now. `option`: what every command needs that is about it."""
    console.print("\nNext:")
    for command, why in _NEXT:
        console.print(
            f"  binder-deploy {command}{option}", f"[bright_black]# {why}[/]", soft_wrap=True, highlight=False
        )
    if settings.state.kind == "local":
        console.print(
            f"Keep the folder {FOLDER}/: without it nothing here can be changed or removed any more. For more than one "
            "person put the state into a bucket: `binder-deploy state move`."
        )


def show_catalogue(checks: Sequence[Check], console: Console) -> None:
    """Every check on a line."""
    for check in checks:
        console.print(f"{check.id:<16}{check.phase.value:<11}{check.title}", soft_wrap=True)


def show_tools(tools: Sequence[Installed], console: Console) -> None:
    """Every program of the cache on a line."""
    for tool in tools:
        state = "sound" if tool.ok else "DAMAGED: it is obtained again at the next use"
        wanted = "" if tool.wanted else "  (another version: `tools prune` removes it)"
        console.print(f"{tool.name:<28}{tool.version:<10}{tool.size / 1e6:>6.0f} MB  {tool.origin:<9}{state}{wanted}")


def up_data(outputs: Outputs, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The result of `up` for machines; keys are only ever added."""
    return {"schema": UP_SCHEMA, "outputs": outputs.as_dict(), "checks": report(outcomes)}


def rehearsal_data(result: Result) -> dict[str, Any]:
    """The result of a rehearsal for machines; keys are only ever added."""
    return {
        "schema": REHEARSAL_SCHEMA,
        "stand_ins": list(result.stand_ins),
        "charts": dict(result.charts),
        "phases": [_phase(p) for p in result.phases],
        "checks": report(result.outcomes),
        "kept": result.kept.id if result.kept else None,
    }


def _phase(ended: PhaseEnded) -> dict[str, Any]:
    return {"name": ended.name, "result": ended.result, "seconds": round(ended.seconds, 3), "note": ended.note}


def write_json(data: object) -> None:
    """To standard output: people read on standard error."""
    json.dump(data, sys.stdout, indent=2)
    sys.stdout.write("\n")
