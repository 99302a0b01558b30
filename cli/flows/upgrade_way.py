"""What an upgrade is asked for, and from where to where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import compare
from binder_deploy.cli.flows.deployment import OnFile
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.upgrade_back import side_of
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.cli.flows.upgrade_parts import Side, side
from binder_deploy.ops.backup.kept import Kept, named
from binder_deploy.settings.load import load
from binder_deploy.settings.migrations import Migration, migrated
from binder_deploy.stacks.local_site import work_folder


@dataclass(frozen=True, kw_only=True)
class Request(OnFile):
    """What is asked for."""

    to: str = ""
    """Name of the shipped bundle, or a folder as `bundle save` writes it; empty: the shipped one."""
    drain: bool = False
    """Let nobody launch, and wait until the servers that run are gone."""
    drain_for_s: float = 3600.0
    """How long to wait for that at the most."""
    wait_s: float = 0.0
    """How long the checks afterwards may wait for what is not well yet."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """From one side to the other."""

    before: Side
    after: Side
    steps: tuple[Migration, ...] = ()
    mark: Mark | None = None
    """Of an attempt that was cut off."""


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


def absolute(to: str) -> str:
    """A folder is found again from wherever the next command is run."""
    return str(Path(to).resolve()) if to and bundle_folder(to) else to
