"""Brings a deployment to another bundle of charts, and back by itself if that does not go well.

What changes is shown before anybody is asked; what there was is backed up before anything is touched; success is only
what rolled out whole, answers, and passes its checks. A marker in `.binder-deploy` says how far it is all the while.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import compare
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Outcome
from binder_deploy.checks.reports.words import blocking
from binder_deploy.checks.runner import run
from binder_deploy.checks.select import select
from binder_deploy.cli.flows import checking, upgrade_mark
from binder_deploy.cli.flows.backup import take
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Blocked, Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.kubernetes_told import kubernetes
from binder_deploy.cli.flows.partly import RELEASE, service_of, update
from binder_deploy.cli.flows.real import preview
from binder_deploy.cli.flows.remove import restore_kubeconfig
from binder_deploy.cli.flows.rollout import await_well
from binder_deploy.cli.flows.state_site import Confirm
from binder_deploy.cli.flows.summary import changed, changes, tally
from binder_deploy.cli.flows.told import Told
from binder_deploy.cli.flows.upgrade_back import back_to, database_note, hub_changes, open_again, side_of
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.cli.flows.upgrade_parts import Open, Side, opener, side, write_files
from binder_deploy.cli.flows.upgrade_told import told
from binder_deploy.cli.flows.way_in import NOTHING
from binder_deploy.ops.backup.kept import DATABASE, UPGRADE, Kept, named
from binder_deploy.ops.rollout import await_no_servers
from binder_deploy.settings.load import load
from binder_deploy.settings.maintenance import KEY
from binder_deploy.settings.migrations import Migration, migrated
from binder_deploy.stacks import teardown
from binder_deploy.stacks.local_site import work_folder

LIVING = ("BD-CLU-001", "BD-CLU-014", "BD-CLU-015")
"""Checks of the cluster that matter before the charts change: its version, and what Helm holds."""
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


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for."""

    file: Path
    to: str = ""
    """Name of the shipped bundle, or a folder as `bundle save` writes it; empty: the shipped one."""
    drain: bool = False
    """Let nobody launch, and wait until the servers that run are gone."""
    drain_for_s: float = 3600.0
    """How long to wait for that at the most."""
    wait_s: float = 0.0
    """How long the checks afterwards may wait for what is not well yet."""

    @property
    def folder(self) -> Path:
        """The deployment's folder."""
        return self.file.resolve().parent


@dataclass(frozen=True, kw_only=True)
class Way:
    """From one side to the other."""

    before: Side
    after: Side
    steps: tuple[Migration, ...] = ()
    mark: Mark | None = None
    """Of an attempt that was cut off."""


def upgrade(request: Request, observe: Observer, confirm: Confirm) -> bool:
    """Carry it out. False: the person said no. Raises `Refused`, `Blocked`, `WentBack`, `NotBack`, `Stopped`."""
    mark = upgrade_mark.read(request.folder)
    if mark and mark.kind == "rollback":
        raise Refused(mark.words())
    if mark:
        observe(Notice(mark.words()))
        if request.to and _absolute(request.to) != mark.to:
            raise Refused(f"--to {request.to}: {mark.words()}, with the bundle that it was begun with")
        request = replace(request, to=mark.to)
    way = found_way(request, mark, observe)
    checking.settings_alone(way.after.settings, request.folder, observe)
    return carry_out(request, way, opener(request.folder, way.after.settings, observe, confirm), observe, confirm)


def found_way(request: Request, mark: Mark | None, observe: Observer) -> Way:
    """Both sides, every archive at hand.

    Raises `Refused`, `SettingsError`, `ChartsError`, `DigestMismatch`, `Damaged`.
    """
    load(request.file)  # a file that cannot be read is told as everywhere else
    text = request.file.read_text(encoding="utf-8")
    folder = bundle_folder(request.to)
    # The older charts must be at hand before anything begins: without them there is no way back.
    if mark and mark.backup:
        before = side_of(backup_of(request.folder, mark.backup), observe, folder)
    else:
        before = side(text, request.file.name, request.folder, folder, "lock", observe)
    newer, steps = migrated(text)
    after = side(newer, request.file.name, request.folder, folder, "folder" if folder else "bundle", observe)
    refuse_older(before, after)
    return Way(before=before, after=after, steps=steps, mark=mark)


def bundle_folder(to: str) -> Path | None:
    """The folder that `--to` names; None for the shipped bundle. Raises `Refused`."""
    shipped = bundles.load().name
    if to in ("", shipped):
        return None
    if Path(to).is_dir():
        return Path(to).resolve()
    raise Refused(
        f"--to {to}: this release ships bundle {shipped}, and there is no folder of that name; bundles come with "
        "releases of binder-deploy, or in a folder that `binder-deploy bundle save` wrote"
    )


def refuse_older(before: Side, after: Side) -> None:
    """Raises `Refused` for a bundle that has anything older than what is installed."""
    found = compare.moves(compare.versions(before.resolved), compare.versions(after.resolved))
    if back := [move for move in found if move.back]:
        older = ", ".join(f"{move.chart} {move.before} → {move.after}" for move in back)
        raise Refused(
            f"bundle {after.bundle} is older than what is installed ({older}); charts do not go down by an upgrade: "
            "`binder-deploy rollback` goes back to a backup"
        )


def backup_of(folder: Path, name: str) -> Kept:
    """Raises `NoSuchBackup`."""
    return named(work_folder(folder), name)


def carry_out(request: Request, way: Way, open_: Open, observe: Observer, confirm: Confirm) -> bool:
    """The sequence, whatever the deployment is opened with. Raises as `upgrade` does."""
    before, after, mark = way.before, way.after, way.mark
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
    return _run(request, way, open_, observe, confirm)


def checks_before(target: Deployment, observe: Observer) -> tuple[Outcome, ...]:
    """What `up` asks beforehand, with the newer charts, and what the living cluster has against them. Raises
    `Blocked`."""
    outcomes = checking.before(target, observe)
    wanted = target.settings.checks
    with phase(observe, "living", "check the cluster") as current:
        checks = select(CATALOGUE, only=LIVING, skip=[i for i in wanted.skip if i in LIVING])
        found = run(checks, checking.probes(target), ignore=wanted.ignore, observe=observe)
        current.note = tally(found)
        if bad := blocking(found):
            raise Blocked(bad)
    return (*outcomes, *found)


def _question(shown: Told, target: Deployment, request: Request, planned: str) -> str:
    parts = [f"Upgrade from bundle {shown.before} to {shown.after} ({target.settings.platform.where}): {planned}."]
    if request.drain:
        parts.append(f"Nobody can launch meanwhile; it waits up to {request.drain_for_s / 60:.0f} min for servers.")
    parts.append("What there is is backed up first; if it fails, it goes back by itself. Go on?")
    return " ".join(parts)


def _run(request: Request, way: Way, open_: Open, observe: Observer, confirm: Confirm) -> bool:
    folder, before, after = request.folder, way.before, way.after
    hub = hub_changes(before, after)
    mark = way.mark or upgrade_mark.write(
        folder, Mark(before=before.bundle, after=after.bundle, to=_absolute(request.to), hub=hub)
    )
    try:
        if not mark.backup:
            current = open_(before)
            ill = _ailing(current, observe)
            kept = take(current, UPGRADE, observe, file=request.file)
            closed = current.engine.value(KEY) or ""
            mark = upgrade_mark.write(folder, replace(mark, backup=kept.name, closed=closed, ill=ill, step="drain"))
            if not _way_back(kept, hub, current, confirm):
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


def _ailing(deployment: Deployment, observe: Observer) -> tuple[str, ...]:
    """What is not well already: going back would not mend it, so the upgrade does not go back for it."""
    with phase(observe, "ailing", "look what is not well already") as current:
        found = checking.ailing(deployment)
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
        open_again(open_(before), mark.closed, observe)
    upgrade_mark.remove(folder)


def _way_back(kept: Kept, hub_moves: bool, deployment: Deployment, confirm: Confirm) -> bool:
    """Whether there is one for the hub's database, or the person goes without."""
    if not hub_moves or kept.has_database or deployment.simulated:
        return True
    why = kept.missing.get(DATABASE, "unknown why")
    return confirm(
        f"The hub's version changes, and its database could not be backed up ({why}): if the upgrade "
        "fails, the older hub may not be able to read it. Go on?"
    )


def _drain(deployment: Deployment, for_s: float, observe: Observer) -> None:
    """Let nobody launch, and wait until nobody's server runs, or the time is over. Raises `Stopped`."""
    targets = service_of(deployment)
    if not deployment.engine.value(KEY):
        deployment.engine.configure(KEY, CLOSED)
        update(deployment, targets, "upgrade", observe)
    with phase(observe, "drain", "wait for people's servers") as current:
        left = await_no_servers(deployment.kubeconfig, for_s)
        current.note = f"{left} still run" if left else "none runs"
    if left:
        observe(Notice(f"{left} servers still run: they go on, but may lose touch with the hub for a moment"))


def _short(failure: BaseException) -> str:
    lines = str(failure).strip().splitlines()
    return lines[0][:200] if lines else type(failure).__name__


def _absolute(to: str) -> str:
    """A folder is found again from wherever the next command is run."""
    return str(Path(to).resolve()) if to and bundle_folder(to) else to
