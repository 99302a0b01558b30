"""Brings a deployment back to a backup: its settings and its charts, and the hub's database where the hub changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.cli.flows import checking, upgrade_mark
from binder_deploy.cli.flows.backup import take
from binder_deploy.cli.flows.deployment import OnFile
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.cli.flows.partly import RELEASE
from binder_deploy.cli.flows.real import preview
from binder_deploy.cli.flows.remove import restore_kubeconfig
from binder_deploy.cli.flows.state_site import Confirm
from binder_deploy.cli.flows.summary import changes
from binder_deploy.cli.flows.upgrade_back import back_to, database_note, hub_changes, open_again, side_of
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.cli.flows.upgrade_parts import Open, Side, opener, side
from binder_deploy.cli.flows.upgrade_told import told
from binder_deploy.cli.flows.upgrade_way import backup_of
from binder_deploy.cli.flows.way_in import NOTHING
from binder_deploy.ops.backup.kept import LOCK, SETTINGS, UPGRADE, Kept
from binder_deploy.ops.backup.kept import kept as backups
from binder_deploy.settings.load import load
from binder_deploy.settings.maintenance import KEY
from binder_deploy.stacks import teardown
from binder_deploy.stacks.local_site import work_folder

BEFORE_BACK = "rollback"


@dataclass(frozen=True, kw_only=True)
class Request(OnFile):
    """What is asked for."""

    name: str = ""
    """Of the backup; empty: the one before the last upgrade."""
    bundle: Path | None = None
    """Folder with the archives, at a site that cannot download them."""
    wait_s: float = 0.0


def rollback(request: Request, observe: Observer, confirm: Confirm) -> bool:
    """Carry it out. False: the person said no. Raises `Refused`, `NoSuchBackup`, `Damaged`, `Stopped`, `Blocked`,
    `NotWell`."""
    mark = upgrade_mark.read(request.folder)
    if mark:
        observe(Notice(mark.words()))
    kept = chosen(request, mark)
    to = side_of(kept, observe, request.bundle)
    load(request.file)
    text = request.file.read_text(encoding="utf-8")
    now = side(text, request.file.name, request.folder, request.bundle, "lock", observe)
    return carry_out(
        request, now, to, kept, mark, opener(request.folder, to.settings, observe, confirm), observe, confirm
    )


def chosen(request: Request, mark: Mark | None) -> Kept:
    """The backup to go back to. Raises `Refused`, `NoSuchBackup`."""
    if request.name:
        return _fit(backup_of(request.folder, request.name))
    if mark:
        name = mark.to if mark.kind == "rollback" else mark.backup
        if not name:
            upgrade_mark.remove(request.folder)
            raise Refused("that upgrade had not changed anything yet: there is nothing to go back from")
        return _fit(backup_of(request.folder, name))
    return _fit(last_upgrade(backups(work_folder(request.folder))))


def last_upgrade(there: Sequence[Kept]) -> Kept:
    """The newest backup that an upgrade made. Raises `Refused`."""
    for one in there:
        if one.reason == UPGRADE:
            return one
    named = f"; there are: {', '.join(one.name for one in there)}" if there else ""
    raise Refused(
        f"no upgrade has left a backup here; name the one to go back to: `binder-deploy rollback NAME`{named}"
    )


def carry_out(
    request: Request,
    now: Side,
    to: Side,
    kept: Kept,
    mark: Mark | None,
    open_: Open,
    observe: Observer,
    confirm: Confirm,
) -> bool:
    """The sequence, whatever the deployment is opened with. Raises as `rollback` does."""
    target = open_(to)
    resources = target.engine.resources()
    if not any(r["type"] == RELEASE for r in resources):
        raise Refused(NOTHING)
    restore_kubeconfig(target.kubeconfig, teardown.kubeconfig(resources))
    observe(told(now, to, (), target.settings, None))
    planned = preview(target, observe)
    # Of what was cut off nobody knows how far the hub had come, and the files may be back already.
    hub_moved = hub_changes(now, to) or (mark is not None and mark.hub and mark.step != "drain")
    database = database_note(kept, hub_moved, observe)
    if not confirm(_question(kept, to, target.settings.platform.where, changes(planned), database=database)):
        return False
    folder = request.folder
    if mark is None:
        take(open_(now), BEFORE_BACK, observe, file=request.file, spare=kept)
    else:
        observe(Notice("what there is now is not backed up: it is halfway between two bundles"))
    mark = upgrade_mark.write(
        folder,
        Mark(
            kind="rollback",
            before=now.bundle if mark is None else mark.after,
            after=to.bundle,
            to=kept.name,
            backup=kept.name,
            step="rollout",
            closed=mark.closed if mark else target.engine.value(KEY) or "",
            hub=hub_moved,
        ),
    )
    try:
        previous = back_to(to, kept, request.file, open_, observe, database=database)
        mark = upgrade_mark.step(folder, mark, "open")
        open_again(previous, mark.closed, observe)
    except (Exception, KeyboardInterrupt) as error:
        observe(Notice(mark.words()))
        raise upgrade_mark.led_on(error, mark) from error
    # It is back, and answers. What a check has against it is mended by `up`, which must not be refused for it.
    upgrade_mark.remove(folder)
    checking.after(previous, previous.engine.outputs(), observe, wait_s=request.wait_s)
    return True


def _question(kept: Kept, to: Side, where: str, planned: str, *, database: bool) -> str:
    lost = (
        " The hub's database goes back, too: what was noted in it since is lost from it, and kept beside it."
        if database
        else " The hub's database stays as it is."
    )
    return f"Go back to {kept.name}, bundle {to.bundle} ({where}): {planned}.{lost} Go on?"


def _fit(kept: Kept) -> Kept:
    """Raises `Refused` for a backup that lacks what a way back needs."""
    if missing := [member for member in (SETTINGS, LOCK) if member not in kept.members]:
        raise Refused(f"the backup {kept.name} has no {' and no '.join(missing)}: there is nothing to go back to")
    return kept
