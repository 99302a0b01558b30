"""Runs checks on a deployment and ends the flow where one blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Check, Outcome, Phase
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.reports.words import blocking
from binder_deploy.checks.runner import Probes, run, wait
from binder_deploy.checks.select import select
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Blocked
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.selection import refuse_unknown
from binder_deploy.cli.flows.summary import tally
from binder_deploy.cli.flows.watch import Watch, watching
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs

AFTER = (Phase.CLUSTER, Phase.INGRESS, Phase.TLS, Phase.HUB, Phase.BINDER)
LIVING = ("BD-CLU-001", "BD-CLU-014", "BD-CLU-015")
"""Checks of the cluster that matter before charts change: its version, and what Helm holds."""


def settings_alone(settings: Settings, folder: Path, observe: Observer) -> tuple[Outcome, ...]:
    """What can be said before a tool is fetched or a cloud is asked. Raises `Blocked`, `SettingsError`."""
    refuse_unknown(settings.checks)
    checks = select(CATALOGUE, phases=[Phase.SETTINGS], skip=settings.checks.skip)
    known = probes_for(Given(settings=settings, folder=folder))
    return _run(
        "settings", "check settings", [c for c in checks if set(c.needs) <= set(known)], known, settings, observe
    )


def before(deployment: Deployment, observe: Observer) -> tuple[Outcome, ...]:
    """Preflight: the last look before anything is made, with the charts at hand. Raises `Blocked`."""
    # A deployment that exists has its address: names that lead there are its own. A rehearsal begins with nothing.
    outputs = None if deployment.simulated else deployment.engine.outputs()
    asked = _asked(deployment, outputs, (Phase.SETTINGS, Phase.PREFLIGHT))
    return _run("preflight", "check preflight", *asked, deployment.settings, observe)


def living(deployment: Deployment, observe: Observer) -> tuple[Outcome, ...]:
    """What a cluster has against other charts. Raises `Blocked`."""
    skip = [check for check in deployment.settings.checks.skip if check in LIVING]
    checks = select(CATALOGUE, only=LIVING, skip=skip)
    return _run("living", "check the cluster", checks, probes(deployment), deployment.settings, observe)


def after(
    deployment: Deployment,
    outputs: Outputs | None,
    observe: Observer,
    *,
    wait_s: float,
    phases: Sequence[Phase] = AFTER,
) -> tuple[Outcome, ...]:
    """What exists now, looked at until it is well or for `wait_s` seconds. Raises `Blocked`."""
    # A rehearsal has nothing to launch, and its report says so at once.
    asked = _asked(deployment, outputs, (*phases, Phase.CANARY) if deployment.simulated else phases)
    return _run("checks", "check deployment", *asked, deployment.settings, observe, wait_s)


def ailing(deployment: Deployment, *, launching: bool = False) -> tuple[Outcome, ...]:
    """What is not well before a change: failures that the change is not to be blamed for. Asked once.

    `launching`: the canary, too, which takes minutes.
    """
    phases = (*AFTER, Phase.CANARY) if launching else AFTER
    checks, asked = _asked(deployment, deployment.engine.outputs(), phases)
    return tuple(blocking(run(checks, asked, ignore=deployment.settings.checks.ignore)))


def forgiving(deployment: Deployment, ill: Collection[str]) -> Deployment:
    """The same deployment, whose checks of these ids only warn. What its engine was opened with stays."""
    told = deployment.settings.checks
    checks = told.model_copy(update={"ignore": (*told.ignore, *ill)})
    return replace(deployment, settings=deployment.settings.model_copy(update={"checks": checks}))


def canary(deployment: Deployment, outputs: Outputs, observe: Observer) -> tuple[Outcome, ...]:
    """The proof: a small repository is built and launched, once, when all else is well. Raises `Blocked`."""
    asked = _asked(deployment, outputs, (Phase.CANARY,))
    return _run("canary", "launch a repository", *asked, deployment.settings, observe)


def teardown(deployment: Deployment, observe: Observer) -> tuple[Outcome, ...]:
    """Whether anything is left. Its failure is exit 6, which the removal decides, not these checks."""
    checks, asked = _asked(deployment, None, (Phase.TEARDOWN,))
    return run(checks, asked, ignore=deployment.settings.checks.ignore, observe=observe)


def probes(deployment: Deployment, address: str | None = None) -> Probes:
    """The probes that a deployment allows at this moment. `address`: the reserved one, once it is known."""
    there = deployment.kubeconfig if deployment.kubeconfig.exists() else None
    return probes_for(
        Given(
            settings=deployment.settings,
            folder=deployment.folder,
            simulated=deployment.simulated,
            tools={name: str(path) for name, path in deployment.tools.items()},
            charts=deployment.charts,
            charts_in=deployment.site.work,
            kubeconfig=there,
            address=address,
            leftovers=deployment.sweep,
        )
    )


def watch(deployment: Deployment, stop: Callable[[], None]) -> AbstractContextManager[Watch]:
    """Look at the cluster while something waits for it; `stop` is called when waiting is in vain."""
    told = deployment.settings.checks
    checks = tuple(c for c in CATALOGUE if c.stops_waiting and c.id not in {*told.ignore, *told.skip})
    return watching(deployment.kubeconfig, checks, lambda: probes(deployment), stop)


def _asked(
    deployment: Deployment, outputs: Outputs | None, phases: Sequence[Phase]
) -> tuple[tuple[Check, ...], Probes]:
    """The checks of these phases that the settings do not skip, and what answers them."""
    checks = select(CATALOGUE, phases=phases, skip=deployment.settings.checks.skip)
    return checks, probes(deployment, outputs.address if outputs else None)


def _run(
    name: str,
    title: str,
    checks: Sequence[Check],
    probes: Probes,
    settings: Settings,
    observe: Observer,
    wait_s: float = 0.0,
) -> tuple[Outcome, ...]:
    with phase(observe, name, title) as current:
        outcomes = wait(checks, probes, timeout_s=wait_s, ignore=settings.checks.ignore, observe=observe)
        current.note = tally(outcomes)
        if found := blocking(outcomes):
            raise Blocked(found)
    return outcomes
