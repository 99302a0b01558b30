"""The checks by themselves: as many as what exists allows, or on facts that were recorded elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Outcome
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.record import replay
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.runner import run, wait
from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.cli.flows.recorded import read_archive
from binder_deploy.cli.flows.selection import Selection, refuse_unknown, selected
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.local_site import FOLDER


def run_checks(file: Path, bundle: Path | None, selection: Selection, observe: Observer) -> Run:
    """Ask them. Without a deployment in the folder only what the settings say can be judged.

    Raises `SettingsError`, `UnknownCheck`, `Refused` before anything is asked.
    """
    settings = load(file)
    refuse_unknown(settings.checks)
    chosen = selection.over(settings.checks)
    checks = selected(chosen)
    folder = file.resolve().parent
    # A shared state may know of a deployment that this machine never saw.
    if (folder / FOLDER / "kubeconfig").exists() or settings.state.kind != "local":
        deployment = opened_for_checks(Request(file, bundle), observe)
        outputs = deployment.engine.outputs()
        probes = checking.probes(deployment, outputs.address if outputs else None)
    else:
        probes = probes_for(Given(settings=settings, folder=folder))
    outcomes = wait(checks, probes, timeout_s=chosen.wait_s or 0.0, ignore=chosen.ignore)
    return reported(file, settings, outcomes)


def run_recorded(archive: Path, selection: Selection) -> Run:
    """The same rules on the facts of a support archive; nothing is asked anew. Raises `Refused`."""
    kept = read_archive(archive)
    chosen = selection.over(kept.checks)
    outcomes = run(selected(chosen), replay(kept.facts), ignore=chosen.ignore)
    return replace(kept.run, outcomes=outcomes)


def reported(file: Path, settings: Settings, outcomes: Sequence[Outcome], *, simulated: bool = False) -> Run:
    """Outcomes with what a report tells of their run. `file` may be missing: the bundled example has none."""
    return Run(
        outcomes=outcomes,
        deployment=settings.name,
        platform=settings.platform.kind,
        at=datetime.now(UTC),
        versions={"binder-deploy": version("binder-deploy")},
        simulated=simulated,
        settings_file=_relative(file),
        settings_text=file.read_text(encoding="utf-8") if file.exists() else "",
    )


def _relative(file: Path) -> str:
    """How a report calls the file: as it is called from where the command runs, which is the repository's root."""
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.name
