"""Brings a deployment to another bundle of charts, and back by itself if that does not go well.

What changes is shown before anybody is asked; what there was is backed up before anything is touched; success is only
what rolled out whole, answers, and passes its checks. A marker in `.binder-deploy` says how far it is all the while.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from binder_deploy.checks.model import Outcome
from binder_deploy.cli.flows import checking, upgrade_mark
from binder_deploy.cli.flows.backup import take
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.kubernetes_told import kubernetes
from binder_deploy.cli.flows.partly import RELEASE, service_of, update
from binder_deploy.cli.flows.real import preview
from binder_deploy.cli.flows.remove import restore_kubeconfig
from binder_deploy.cli.flows.rollout import await_well
from binder_deploy.cli.flows.state_site import Confirm
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.cli.flows.told import Told
from binder_deploy.cli.flows.upgrade_back import back_to, database_note, hub_changes, open_again
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.cli.flows.upgrade_parts import Open, Side, opener, write_files
from binder_deploy.cli.flows.upgrade_told import told
from binder_deploy.cli.flows.upgrade_way import Request, Way, absolute, backup_of, found_way
from binder_deploy.cli.flows.way_in import NOTHING
from binder_deploy.ops.backup.kept import DATABASE, UPGRADE, Kept
from binder_deploy.ops.rollout import await_no_servers
from binder_deploy.settings.maintenance import KEY
from binder_deploy.stacks import teardown

CLOSED = "This Binder is being upgraded: nothing can be launched for a while. Servers that run go on for now."


class WentBack(Exception):
    """The upgrade failed, and everything is as it was before."""

    def __init__(self, failure: BaseException, before: str) -> None:
        self.failure = failure
        super().__init__(
            f"the upgrade failed and was taken back: bundle {before} runs again, binder.yaml and binder.lock.yaml are "
            "as they were"
        )


class NotBack(Exception):
    """The upgrade failed, and so did the way back."""

    def __init__(self, failure: BaseException, second: BaseException, mark: Mark) -> None:
        self.failure, self.second = failure, second
        super().__init__(
            "the upgrade failed, and so did the way back. binder.yaml and binder.lock.yaml are those of bundle "
            f"{mark.before}; the cluster may have some of both. The backup {mark.backup} is whole. "
            f"`binder-deploy rollback {mark.backup}` tries again to go back, `binder-deploy upgrade` to go on; "
            "`binder-deploy status` shows what runs"
        )


def upgrade(request: Request, observe: Observer, confirm: Confirm, lose: Confirm) -> bool:
    """Carry it out. False: the person said no. `lose` asks before data may be lost.

    Raises `Refused`, `Blocked`, `WentBack`, `NotBack`, `Stopped`.
    """
    mark = upgrade_mark.read(request.folder)
    if mark and mark.kind == "rollback":
        raise Refused(mark.words())
    if mark:
        observe(Notice(mark.words()))
        if request.to and absolute(request.to) != mark.to:
            raise Refused(f"--to {request.to}: {mark.words()}, with the bundle that it was begun with")
        request = replace(request, to=mark.to)
    way = found_way(request, mark, observe)
    checking.settings_alone(way.after.settings, request.folder, observe)
    return carry_out(request, way, opener(request.folder, way.after.settings, observe, confirm), observe, confirm, lose)


def carry_out(request: Request, way: Way, open_: Open, observe: Observer, confirm: Confirm, lose: Confirm) -> bool:
    """The sequence, whatever the deployment is opened with. Raises as `upgrade` does."""
    before, after, mark = way.before, way.after, way.mark
    if request.drain and not (mark and mark.backup):
        _to_close(open_(before))  # what cannot be closed is refused now, and not after the backup
    target = open_(after)
    resources = target.engine.resources()
    if not any(r["type"] == RELEASE for r in resources):
        raise Refused(NOTHING)
    restore_kubeconfig(target.kubeconfig, teardown.kubeconfig(resources))
    versions = kubernetes(target.settings, target.kubeconfig)
    shown = told(before, after, way.steps, target.settings, versions.server, versions)
    observe(shown)
    checks_before(target, observe)
    planned = preview(target, observe)
    if shown.nothing and not mark:
        later = "; what else was changed in binder.yaml waits for `binder-deploy up`" if changed(planned) else ""
        write_files(after, request.file)
        observe(Notice(f"this deployment is at bundle {after.bundle} already{later}"))
        return True
    if not confirm(_question(shown, target, request, changes(planned))):
        return False
    return _run(request, way, open_, observe, lose)


def checks_before(target: Deployment, observe: Observer) -> tuple[Outcome, ...]:
    """What `up` asks beforehand, with the newer charts, and what the living cluster has against them. Raises
    `Blocked`."""
    return (*checking.before(target, observe), *checking.living(target, observe))


def _question(shown: Told, target: Deployment, request: Request, planned: str) -> str:
    parts = [f"Upgrade from bundle {shown.before} to {shown.after} ({target.settings.platform.where}): {planned}."]
    if request.drain:
        parts.append(f"Nobody can launch meanwhile; it waits up to {request.drain_for_s / 60:.0f} min for servers.")
    parts.append("What there is is backed up first; if it fails, it goes back by itself. Go on?")
    return " ".join(parts)


def _run(request: Request, way: Way, open_: Open, observe: Observer, lose: Confirm) -> bool:
    folder, before, after = request.folder, way.before, way.after
    hub = hub_changes(before, after)
    mark = way.mark or upgrade_mark.write(
        folder, Mark(before=before.bundle, after=after.bundle, to=absolute(request.to), hub=hub)
    )
    try:
        if not mark.backup:
            current = open_(before)
            closed = current.engine.value(KEY) or ""
            ill = _ailing(current, observe, launching=_can_launch(current, closed))
            kept = take(current, UPGRADE, observe, file=request.file)
            mark = upgrade_mark.write(folder, replace(mark, backup=kept.name, closed=closed, ill=ill, step="drain"))
            if not _way_back(kept, hub, current, lose):
                upgrade_mark.remove(folder)
                return False
        else:
            kept = backup_of(folder, mark.backup)
        if request.drain and mark.step == "drain":
            _drain(open_(before), request.drain_for_s, observe)
        mark = upgrade_mark.step(folder, mark, "settings")
    except (Exception, KeyboardInterrupt) as error:
        if upgrade_mark.cut_off(error):
            observe(Notice(mark.words()))
            raise upgrade_mark.led_on(error, mark) from error
        if mark.step in ("backup", "drain"):
            _nothing_happened(folder, mark, before, open_, observe)
        raise
    try:
        write_files(after, request.file)
        mark = upgrade_mark.step(folder, mark, "rollout")
        target = checking.forgiving(open_(after), mark.ill)
        with phase(observe, "up", "upgrade") as current_phase:
            current_phase.note = changes(deploy(target, observe))
        await_well(target, observe)
        mark = upgrade_mark.step(folder, mark, "checks")
        found = checking.after(target, target.engine.outputs(), observe, wait_s=request.wait_s)
        mark = upgrade_mark.step(folder, mark, "open")
        open_again(target, mark.closed, observe)
        # Only now can anybody launch; that this does not work any more is a reason to go back.
        mark = upgrade_mark.step(folder, mark, "checks")
        found = (*found, *_launch(target, mark.closed, observe))
    except (Exception, KeyboardInterrupt) as failure:
        # Well, with only the banner still there, is no reason to go back either.
        if upgrade_mark.cut_off(failure) or mark.step == "open":
            observe(Notice(mark.words()))
            raise upgrade_mark.led_on(failure, mark) from failure
        _go_back(request, way, mark, kept, failure, open_, observe)
    upgrade_mark.remove(folder)
    if still := [o.check.id for o in found if getattr(o.verdict, "ignored", False) and o.check.id in mark.ill]:
        observe(
            Notice(f"failed before the upgrade, and fails still: {', '.join(still)}; `binder-deploy check` says why")
        )
    return True


def _can_launch(deployment: Deployment, closed: str) -> bool:
    """Whether a launch can be the proof, as at the end of `up`. `closed`: the text of maintenance, if it is on."""
    return deployment.settings.checks.canary and not deployment.simulated and not closed


def _launch(deployment: Deployment, closed: str, observe: Observer) -> tuple[Outcome, ...]:
    """The proof, where there can be one; else said that nothing was shown. Raises `Blocked`."""
    if deployment.simulated:
        observe(Notice("that a repository launches is not shown by a rehearsal: nothing runs there"))
    elif closed:
        observe(Notice("that a repository launches was not shown: nobody can launch while maintenance is on"))
    outputs = deployment.engine.outputs()
    return checking.canary(deployment, outputs, observe) if outputs and _can_launch(deployment, closed) else ()


def _ailing(deployment: Deployment, observe: Observer, *, launching: bool) -> tuple[str, ...]:
    """What is not well already: going back would not mend it, so the upgrade does not go back for it."""
    with phase(observe, "ailing", "look what is not well already") as current:
        found = checking.ailing(deployment, launching=launching)
        current.note = f"{len(found)} checks fail" if found else "all is well"
    for outcome in found:
        observe(Notice(f"{outcome.check.id} fails already, so it is no reason to go back: {outcome.verdict.message}"))
    return tuple(outcome.check.id for outcome in found)


def _go_back(
    request: Request, way: Way, mark: Mark, kept: Kept, failure: BaseException, open_: Open, observe: Observer
) -> None:
    """Raises `WentBack`, or `NotBack`."""
    observe(Notice(f"the upgrade failed ({_short(failure)}); going back to bundle {mark.before}"))
    mark = upgrade_mark.step(request.folder, mark, "back")
    try:
        database = database_note(kept, mark.hub, observe)
        previous = back_to(way.before, kept, request.file, open_, observe, database=database)
        open_again(previous, mark.closed, observe)
    except (Exception, KeyboardInterrupt) as second:
        if upgrade_mark.cut_off(second):
            observe(Notice(mark.words()))
            raise upgrade_mark.led_on(second, mark) from second
        raise NotBack(failure, second, mark) from second
    upgrade_mark.remove(request.folder)
    raise WentBack(failure, mark.before) from failure


def _nothing_happened(folder: Path, mark: Mark, before: Side, open_: Open, observe: Observer) -> None:
    """The failure came before the charts were touched: people may launch again, and nothing is under way."""
    if mark.backup:
        try:
            open_again(open_(before), mark.closed, observe)
        except (Exception, KeyboardInterrupt) as second:  # the first error is the one to be told; this goes with it
            observe(Notice(f"nobody can launch still ({_short(second)}): `binder-deploy maintenance off` lets them"))
    upgrade_mark.remove(folder)


def _way_back(kept: Kept, hub_moves: bool, deployment: Deployment, lose: Confirm) -> bool:
    """Whether there is one for the hub's database, or the person goes without."""
    if not hub_moves or kept.has_database or deployment.simulated:
        return True
    why = kept.missing.get(DATABASE, "unknown why")
    return lose(
        f"The hub's version changes, and its database could not be backed up ({why}): if the upgrade "
        "fails, the older hub may not be able to read it."
    )


def _drain(deployment: Deployment, for_s: float, observe: Observer) -> None:
    """Let nobody launch, and wait until nobody's server runs, or the time is over. Raises `Stopped`."""
    if targets := _to_close(deployment):
        deployment.engine.configure(KEY, CLOSED)
        update(deployment, targets, "upgrade", observe)
    with phase(observe, "drain", "wait for people's servers") as current:
        left = await_no_servers(deployment.kubeconfig, for_s)
        current.note = f"{left} still run" if left else "none runs"
    if left:
        observe(Notice(f"{left} servers still run: they go on, but may lose touch with the hub for a moment"))


def _to_close(deployment: Deployment) -> tuple[str, ...]:
    """URNs of what is updated so that nobody can launch; none if nobody can already. Raises `Refused`."""
    return () if deployment.engine.value(KEY) else service_of(deployment)


def _short(failure: BaseException) -> str:
    lines = str(failure).strip().splitlines()
    return lines[0][:200] if lines else type(failure).__name__
