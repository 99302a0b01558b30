"""Backups of a deployment: made, listed, and what is in them brought back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from binder_deploy.charts import lock as locks
from binder_deploy.charts.errors import ChartsError
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, Stopped
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.files import replace_file
from binder_deploy.cli.flows.partly import RELEASE
from binder_deploy.cli.flows.real import Request, opened_bare
from binder_deploy.cli.flows.state_site import Confirm
from binder_deploy.ops.backup import kept as shelf
from binder_deploy.ops.backup.database import Copied, fetch
from binder_deploy.ops.backup.hub import NO_CLUSTER, PLAYED, NoHub
from binder_deploy.ops.backup.kept import Kept
from binder_deploy.ops.backup.pod_exec import ExecFailed
from binder_deploy.ops.backup.restore import NotRestored, Restore
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.settings.load import LOCK_NAME
from binder_deploy.stacks.errors import Interrupted
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.stored import export
from binder_deploy.stacks.who import who

BY_HAND, BEFORE_RESTORE = "by-hand", "before-restore"


def take(
    deployment: Deployment, reason: str, observe: Observer, *, file: Path | None = None, spare: Kept | None = None
) -> Kept:
    """Back up settings, lock, checkpoint and the hub's database; older backups than the newest ten go.

    Goes on where there is no database to be had: `Kept.missing` says why, and so does a notice. `file`: the settings,
    where they are not in `binder.yaml`; `spare`: a backup that stays. Raises `StateOutOfReach`, `NotWritten`.
    """
    work, now = deployment.site.work, datetime.now(UTC)
    with phase(observe, "backup", "back up") as current, shelf.drafted(work, reason, now) as draft:
        missing = _settings(deployment, file, draft)
        checkpoint = export(deployment.site, deployment.settings.name)
        if checkpoint is None:
            missing[shelf.CHECKPOINT] = "there is no state yet"
        else:
            shelf.private(draft / shelf.CHECKPOINT, checkpoint)
        copied = _database(deployment, draft, missing)
        made = shelf.finish(
            draft,
            Kept(
                folder=shelf.place_of(work, reason, now),
                reason=reason,
                made=now,
                by=who(),
                bundle=_bundle(deployment),
                versions=_versions(checkpoint, copied),
                missing=missing,
            ),
        )
        current.note = made.name + ("" if made.has_database else ", without the hub's database")
    for what, why in made.missing.items():
        observe(Notice(f"the backup has no {what}: {why}"))
    shelf.prune(
        work,
        tell=lambda gone: observe(Notice(f"the backup {gone.name} was removed: {shelf.KEEP} newer ones are kept")),
        spare=spare,
    )
    return made


def restore_database(deployment: Deployment, kept: Kept, observe: Observer) -> None:
    """Put the hub's database back; what was there stays beside it, on the hub's disk.

    The hub is away for a minute or so: nobody can launch, running servers stay. Raises `Damaged` before anything is
    touched, else `Stopped`.
    """
    database = kept.verified(shelf.DATABASE)
    at, which = "nothing was changed", "the one that it was"
    try:
        moving = Restore(deployment.kubeconfig, deployment.settings.name)
        hub = moving.look()
        with phase(observe, "stop", "stop the hub"):
            at = "the hub is being stopped"
            moving.stop(hub)
        try:
            with phase(observe, "restore", "put the database back") as current:
                which = "the one that it was or that of the backup, and whole"
                before = moving.exchange(hub, database, kept.name)
                which = "that of the backup"
                current.note = f"the one before lies beside it: {before}" if before else ""
        finally:
            at = "the hub is stopped"
            with phase(observe, "start", "start the hub"):
                moving.clean()
                moving.start(hub)
            at = "the hub runs again"
    except (NoHub, ClusterSilent, ExecFailed, NotRestored, KeyboardInterrupt) as error:
        cause = Interrupted("restore") if isinstance(error, KeyboardInterrupt) else error
        go_on = f"`binder-deploy restore {kept.name}` goes on from here"
        raise Stopped(cause, Advice(f"Of the restore: {at}; its database is {which}.", go_on, "")) from error


def back_up(request: Request, observe: Observer) -> Kept:
    """Back up what is deployed now. Raises as `take` and `opened_bare`."""
    return take(opened_bare(request, observe), BY_HAND, observe, file=request.file)


def restore(request: Request, name: str, observe: Observer, confirm: Confirm, *, settings: bool = False) -> bool:
    """Put a backup's database back and, with `settings`, the settings and the lock. False: the person said no.

    A backup of the present is made first. Raises `NoSuchBackup`, `Damaged`, as `restore_database` and `opened_bare`.
    """
    work = work_folder(request.folder)
    wanted = shelf.named(work, name)
    members = [m for m in (shelf.SETTINGS, shelf.LOCK) if settings and m in wanted.members]
    if wanted.has_database or not members:
        members.insert(0, shelf.DATABASE)
    texts = {member: wanted.verified(member) for member in members}
    deployment = opened_bare(request, observe)
    if not confirm(_question(wanted, members, deployment)):
        return False
    take(deployment, BEFORE_RESTORE, observe, file=request.file, spare=wanted)
    if shelf.DATABASE in texts:
        restore_database(deployment, wanted, observe)
    for member, place in ((shelf.SETTINGS, request.file), (shelf.LOCK, request.folder / LOCK_NAME)):
        if member in texts:
            replace_file(place, texts[member].read_text(encoding="utf-8"))
            observe(Notice(f"{place.name} is as it was; `binder-deploy plan` shows what that changes, `up` brings it"))
    return True


def _question(wanted: Kept, members: Sequence[str], deployment: Deployment) -> str:
    """What is put back, and what that means."""
    parts = [f"Put back {', '.join(members)} as of {wanted.made:%Y-%m-%d %H:%M} UTC"]
    parts.append(f"({deployment.settings.platform.where}).")
    if shelf.DATABASE in members:
        parts.append("The hub is away meanwhile: nobody can launch, running servers go on.")
        now = _image(deployment)
        if now and now != wanted.versions.get("hub", now):
            parts.append(
                f"That database was written by {wanted.versions['hub']}, and now {now} runs: a hub reads what an older "
                "one wrote, never what a newer one did."
            )
    return " ".join([*parts, "A backup of the present is made first. Go on?"])


def _image(deployment: Deployment) -> str:
    """Of the hub that is installed; empty where that cannot be told: restoring it will say why."""
    try:
        return Restore(deployment.kubeconfig, deployment.settings.name).look().image
    except (NoHub, ClusterSilent):
        return ""


def _settings(deployment: Deployment, file: Path | None, draft: Path) -> dict[str, str]:
    """Copy the settings and the lock; what is missing, and why."""
    missing = {}
    settings = file or deployment.folder / shelf.SETTINGS
    for source, member in ((settings, shelf.SETTINGS), (deployment.folder / LOCK_NAME, shelf.LOCK)):
        if source.is_file():
            shelf.private(draft / member, source.read_text(encoding="utf-8"))
        else:
            missing[member] = f"{source.name} is not in the deployment's folder"
    return missing


def _database(deployment: Deployment, draft: Path, missing: dict[str, str]) -> Copied | None:
    why = ""
    if deployment.simulated:
        why = PLAYED
    elif not deployment.kubeconfig.exists():
        why = NO_CLUSTER
    else:
        try:
            return fetch(deployment.kubeconfig, draft / shelf.DATABASE)
        except (NoHub, ClusterSilent, ExecFailed) as error:
            (draft / shelf.DATABASE).unlink(missing_ok=True)
            why = str(error)
    missing[shelf.DATABASE] = why
    return None


def _bundle(deployment: Deployment) -> str:
    try:
        return locks.read(deployment.folder / LOCK_NAME).bundle
    except ChartsError:
        return ""


def _versions(checkpoint: str | None, copied: Copied | None) -> Mapping[str, str]:
    """Of the program, of the charts as they are installed, and of what wrote the database."""
    resources = (json.loads(checkpoint).get("deployment") or {}).get("resources") or () if checkpoint else ()
    installed = {
        str((r.get("inputs") or {}).get("name")): str((r.get("outputs") or {}).get("version", ""))
        for r in resources
        if r["type"] == RELEASE
    }
    wrote = {"hub": copied.image, "database": copied.revision} if copied else {}
    return {"binder-deploy": version("binder-deploy"), **installed, **wrote}
