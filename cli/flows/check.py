"""The checks by themselves: as many as what exists allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Check, Outcome, Phase
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.runner import wait
from binder_deploy.checks.select import select
from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.settings.load import load
from binder_deploy.stacks.local_site import FOLDER


@dataclass(frozen=True)
class Selection:
    """Which checks, and how."""

    phases: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    wait_s: float = 0.0


def selected(selection: Selection) -> tuple[Check, ...]:
    """The checks that are asked. Raises `UnknownCheck`, `Refused` for a phase that there is not."""
    known = [phase.value for phase in Phase]
    for name in selection.phases:
        if name not in known:
            raise Refused(f"--phase {name}: write one of {', '.join(known)}")
    phases = [Phase(name) for name in selection.phases]
    if not phases and not selection.only:
        # Whether anything is left is a question for afterwards: a living deployment is all "left over".
        phases = [phase for phase in Phase if phase is not Phase.TEARDOWN]
    return select(CATALOGUE, only=selection.only, skip=selection.skip, phases=phases)


def run_checks(file: Path, bundle: Path | None, selection: Selection, observe: Observer) -> tuple[Outcome, ...]:
    """Ask them. Without a deployment in the folder only what the settings say can be judged."""
    checks, settings = selected(selection), load(file)
    if (file.resolve().parent / FOLDER / "kubeconfig").exists():
        deployment = opened_for_checks(Request(file, bundle), observe)
        outputs = deployment.engine.outputs()
        probes = checking.probes(deployment, outputs.address if outputs else None)
    else:
        probes = probes_for(Given(settings=settings, folder=file.resolve().parent))
    ignore = {*settings.checks.ignore, *selection.ignore}
    return wait(checks, probes, timeout_s=selection.wait_s, ignore=ignore)
