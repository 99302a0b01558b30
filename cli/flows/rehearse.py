"""A whole deployment on this machine, from nothing to removed: the program of a real one, unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from binder_deploy.charts.resolve import Resolved
from binder_deploy.checks.model import Outcome
from binder_deploy.cli.flows import certify, checking, records
from binder_deploy.cli.flows.acquire import get_charts, get_tools
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.errors import NotSteady
from binder_deploy.cli.flows.events import Notice, Observer, PhaseEnded, phase
from binder_deploy.cli.flows.remove import remove
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.ops.kubeconfig import scoped
from binder_deploy.ops.kubeconfig import write as write_kubeconfig
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.platforms import SURROUNDINGS, Surroundings
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.rehearsal.sweep import end, sweep
from binder_deploy.settings.choices import chart_sections
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.engine import Site

SETTLE_S = 20.0
"""For what the simulated controllers still have to do when the engine is done."""


@dataclass(frozen=True)
class Request:
    """What is rehearsed."""

    folder: Path
    """The deployment's folder: read, never written."""
    settings: Settings
    bundle: Path | None = None
    """Folder with archives to install instead of the shipped versions."""
    keep: bool = False
    """Leave it running after the deployment and its checks."""


@dataclass
class Result:
    """What a rehearsal came to, filled in as it goes on."""

    phases: list[PhaseEnded] = field(default_factory=list)
    asked: dict[str, Outcome] = field(default_factory=dict)
    """Check → its last outcome; one that is asked again counts once."""
    charts: dict[str, str] = field(default_factory=dict)
    """Chart → version and origin."""
    stand_ins: tuple[str, ...] = ()
    kept: Session | None = None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every check's last outcome."""
        return tuple(self.asked.values())


def rehearse(request: Request, result: Result, observe: Observer) -> None:
    """Carry it out; whatever was started is gone when this returns or raises, unless it is kept.

    `result` is filled in on the way, so that it tells how far it came also if this raises.
    """

    def note(event: object) -> None:
        if isinstance(event, PhaseEnded):
            result.phases.append(event)
        elif isinstance(event, Outcome):
            result.asked[event.check.id] = event
        observe(event)

    _rehearse(request, result, note)


def _rehearse(request: Request, result: Result, observe: Observer) -> None:
    settings = request.settings
    _clear_the_dead(observe)
    checking.settings_alone(settings, request.folder, observe)
    tools = get_tools(observe, rehearsal=True, installs=True)
    resolved = get_charts(
        request.folder,
        request.bundle,
        observe,
        platform=settings.platform.kind,
        asked=chart_sections(settings),
        allow_stand_ins=True,
    )
    result.charts = {name: f"{a.version} ({a.origin})" for name, a in resolved.archives.items()}
    result.stand_ins = resolved.stand_ins
    with ExitStack() as stack:
        with phase(observe, "stage", "set the stage") as current:
            session = stack.enter_context(
                open_session(tools, project=_surroundings(settings).project(settings), keep=request.keep)
            )
            stack.enter_context(applied(session.environ))
            _set_stage(session, settings)
            deployment = _deployment(request, tools, resolved, session)
            current.note = "this machine's own cloud; no credentials, nothing beyond loopback"
        checking.before(deployment, observe)
        with phase(observe, "up", "deploy") as current:
            current.note = changes(deploy(deployment, observe))
        outputs = deployment.engine.outputs()
        if outputs:
            records.make(settings, request.folder, outputs.address, observe, simulated=True)
        after = checking.after(deployment, outputs, observe, wait_s=SETTLE_S)
        deployment, _ = certify.go_on(deployment, outputs, after, observe, wait_s=SETTLE_S)
        if request.keep:
            result.kept = session
            return
        with phase(observe, "again", "deploy again") as current:
            summary = deployment.engine.up(observe)
            current.note = changes(summary)
        if changed(summary):
            raise NotSteady(current.note)
        remove(deployment, observe)
        checking.teardown(deployment, observe)
        for failure in session.failures():
            observe(
                Notice(f"a simulated controller failed: {failure['controller']} {failure['object']} {failure['error']}")
            )
        with phase(observe, "clean-up", "clean up") as current:
            stack.close()
            current.note = "no process and no file of it is left"


def _deployment(request: Request, tools: Mapping[str, Path], resolved: Resolved, session: Session) -> Deployment:
    return open_deployment(
        request.folder,
        request.settings,
        tools,
        resolved,
        Site(session.work, session.folder, session.environ),
        lambda: Sweep(found=tuple(_surroundings(request.settings).leftovers(session.cloud.read()))),
        simulated=True,
    )


def _set_stage(session: Session, settings: Settings) -> None:
    """What is there before the deployment is."""
    _surroundings(settings).set_stage(session, settings)
    if isinstance(settings.platform, Existing):
        # Where a real one is laid, too: the context that the settings name is not contacted.
        way = session.kubeconfig.read_text(encoding="utf-8")
        write_kubeconfig(session.work / "kubeconfig", scoped(way, settings))


def _surroundings(settings: Settings) -> Surroundings:
    return SURROUNDINGS[settings.platform.kind]


def _clear_the_dead(observe: Observer) -> None:
    """Remove what rehearsals left that were killed: processes and folders."""
    for swept in sweep():
        observe(
            Notice(
                f"removed what the interrupted rehearsal {swept.id} had left: {swept.processes} processes, its files"
            )
        )


def end_kept(rehearsal: str) -> None:
    """End a rehearsal that was kept. Raises `NoSuchRehearsalError` if there is none of that id."""
    end(rehearsal)
