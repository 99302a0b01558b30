"""The way back to a backup: its settings and charts, and the hub's database where that is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from binder_deploy.charts import compare
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.partly import service_of, update
from binder_deploy.cli.flows.rollout import await_well
from binder_deploy.cli.flows.summary import changes
from binder_deploy.cli.flows.upgrade_parts import Open, Side, side, write_files
from binder_deploy.ops.backup.kept import DATABASE, LOCK, SETTINGS, Kept
from binder_deploy.ops.backup.restore import Restore
from binder_deploy.settings.maintenance import KEY

HUB = "jupyterhub"
"""The chart whose version is the hub's."""


def side_of(kept: Kept, observe: Observer, bundle: Path | None = None) -> Side:
    """What a backup was made of. Raises `Damaged`, and as `upgrade_parts.side` does."""
    text = kept.verified(SETTINGS).read_text(encoding="utf-8")
    kept.verified(LOCK)
    return side(text, f"{kept.name}/{SETTINGS}", kept.folder, bundle, "lock", observe)


def hub_changes(one: Side, other: Side) -> bool:
    """Whether the hub is of another version: its database is then brought up to it, and there is no way down."""
    found = compare.moves(compare.versions(one.resolved), compare.versions(other.resolved))
    return any(move.chart == HUB for move in found)


def back_to(to: Side, kept: Kept, file: Path, open_: Open, observe: Observer, *, database: bool) -> Deployment:
    """Make it what it was, and wait until that is well. `database`: the hub's, too, if the backup has it.

    Raises `Stopped`, `Blocked`, `NotWell`, `ClusterSilent`, `NoHub`, `NotRestored`, `ExecFailed`, `Damaged`.
    """
    if database:
        kept.verified(DATABASE)  # before anything is touched
    write_files(to, file)
    deployment = open_(to)
    exchanged = _database(deployment, kept, observe) if database else nullcontext()
    with exchanged, phase(observe, "back", "bring the charts back") as current:
        current.note = changes(deploy(deployment, observe, watched=False))
    await_well(deployment, observe)
    return deployment


@contextmanager
def _database(deployment: Deployment, kept: Kept, observe: Observer) -> Iterator[None]:
    """Exchange the hub's database while the hub is away, and let the older hub come back to it: the newer one would
    bring the database up again at once."""
    restore = Restore(deployment.kubeconfig, deployment.settings.name)
    hub = restore.look()
    with phase(observe, "restore", "put the hub's database back") as current:
        restore.stop(hub)
        # The newer hub's image may be just what cannot be had here; the older one's ran here.
        image = kept.versions.get("hub", hub.image)
        before = restore.exchange(hub.with_image(image), kept.verified(DATABASE), kept.name)
        restore.clean()
        current.note = f"the newer one lies beside it: {before}" if before else ""
    try:
        yield  # the engine starts the hub again
    except BaseException:
        observe(Notice("the hub is stopped, and has the older database: nobody can launch until this goes on"))
        raise
    restore.start(hub)


def open_again(deployment: Deployment, closed: str, observe: Observer) -> None:
    """Let maintenance be what it was: `closed` is its text, empty for none. Raises `Stopped`."""
    if (deployment.engine.value(KEY) or "") == closed:
        return
    targets = service_of(deployment)
    deployment.engine.configure(KEY, closed)
    update(deployment, targets, "maintenance off", observe)
    await_well(deployment, observe)


def database_note(kept: Kept, changed: bool, observe: Observer) -> bool:
    """Whether the database goes back, too; said if it should and cannot."""
    if changed and not kept.has_database:
        why = kept.missing.get(DATABASE, "")
        observe(Notice(f"the hub's version changes, but the backup has no database of it{f' ({why})' if why else ''}"))
    return changed and kept.has_database
