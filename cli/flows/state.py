"""Where a deployment's state is, and how it gets elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from binder_deploy.cli.flows.acquire import get_tools
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.state_site import (
    Confirm,
    Place,
    place_of,
    refuse_another,
    refuse_local_state_in_ci,
    refuse_unkept_passphrase,
    with_bucket,
)
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.state import BucketState, LocalState, PulumiCloudState, State
from binder_deploy.stacks import whereabouts
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.ledger import deployment_in, identity, moved_to, remembered
from binder_deploy.stacks.local_site import take_over, work_folder
from binder_deploy.stacks.move import copy, empty, leave, same
from binder_deploy.stacks.passphrase import PassphraseLost, passphrase_place
from binder_deploy.stacks.recover import recover as give_new_secrets
from binder_deploy.stacks.site import keep_aside, opened_site
from binder_deploy.stacks.stored import Stored, export


@dataclass(frozen=True)
class Shown:
    """A state, for people and machines; nothing of its contents."""

    where: str
    exists: bool
    deployment: str | None
    resources: int
    bytes: int
    changed: str
    secrets: str
    """What encrypts them, and where a passphrase is kept."""
    moved_to: str | None
    operations: Sequence[Mapping[str, Any]] = ()
    """The last ones, the newest first; empty where the state cannot be opened."""


def show(file: Path, observe: Observer) -> Shown:
    """What is known of the state where the settings say it is. Raises as `state_site.place_of`."""
    settings = load(file)
    place = place_of(settings.state, settings, file.resolve().parent, get_tools(observe, rehearsal=False))
    found = place.stored
    operations: Sequence[Mapping[str, Any]] = ()
    if found and not moved_to(found.resources):
        operations = _engine(place.open(), settings).history(at_most=5)
    id = place.backend.passphrase_id
    return Shown(
        where=place.backend.where,
        exists=found is not None,
        deployment=deployment_in(found.resources) if found else None,
        resources=found.count if found else 0,
        bytes=found.bytes if found else 0,
        changed=found.changed if found else "",
        secrets=f"passphrase, {passphrase_place(id)}" if id else place.backend.secrets_provider,
        moved_to=moved_to(found.resources) if found else None,
        operations=operations,
    )


def move(file: Path, origin: str | None, observe: Observer, confirm: Confirm) -> str:
    """Take the state to where `state` in the settings says; where that is. `origin`: where it is, if this folder does
    not know. Raises `Refused`, `MoveFailed`; the old state is valid until the new one is proven to be the same."""
    settings, folder = load(file), file.resolve().parent
    refuse_local_state_in_ci(settings)
    tools = get_tools(observe, rehearsal=False)
    work = work_folder(folder)
    source = place_of(_origin(origin, settings, work), settings, folder, tools)
    target = place_of(settings.state, settings, folder, tools)
    known = _movable(source, target, settings)
    if target.missing:
        target = with_bucket(target, settings, folder, tools, observe, confirm)
    refuse_unkept_passphrase(target)
    if not confirm(f"Move the state ({known.count} resources) from {source.backend.where} to {target.backend.where}?"):
        raise Refused("nothing was moved")
    with phase(observe, "move", "move the state") as current:
        current.note = _moved(source, target, settings, work)
    whereabouts.note(work, settings.state)
    take_over(work, identity(settings))
    observe(
        Notice(f"{source.backend.where} keeps one entry, which says that the state has moved; whoever shares it must "
               "have this binder.yaml from now on")
    )  # fmt: skip
    return target.backend.where


def unlock(file: Path, observe: Observer, confirm: Confirm) -> None:
    """Free a state whose holder is dead. Raises `Refused`."""
    settings = load(file)
    place = place_of(settings.state, settings, file.resolve().parent, get_tools(observe, rehearsal=False))
    if place.stored is None:
        raise Refused(f"there is no state in {place.backend.where}")
    if not confirm(
        f"If the run that holds {place.backend.where} still lives, two will write one state, and things will be "
        "forgotten. Is it dead for certain?"
    ):
        raise Refused("nothing was changed")
    _engine(place.open(), settings).unlock()


def recover(file: Path, observe: Observer, confirm: Confirm) -> tuple[str, ...]:
    """Give a state whose passphrase is lost a new one, and new secrets; URNs of keys that the next `up` replaces.

    Raises `Refused`, also while the passphrase is there.
    """
    settings, folder = load(file), file.resolve().parent
    place = place_of(settings.state, settings, folder, get_tools(observe, rehearsal=False))
    id = place.backend.passphrase_id
    if place.stored is None or id is None or "encryptionsalt" not in place.stored.provider:
        raise Refused(f"there is no state with a passphrase in {place.backend.where}")
    refuse_another(deployment_in(place.stored.resources), settings, f"the state in {place.backend.where}")
    with suppress(PassphraseLost):
        place.open()
        raise Refused(
            f"the passphrase is {passphrase_place(id)}; if it is the wrong one, take it away there, then run this again"
        )
    if not confirm(
        "If the passphrase is lost for good: make a new one, and all secrets anew? Everybody is logged out once."
    ):
        raise Refused("nothing was changed")
    with phase(observe, "recover", "make the state's secrets anew") as current:
        backup = _backup(place, settings)
        opened = opened_site(place.site, place.backend, None)
        lost = give_new_secrets(place.site, opened, settings.name)
        current.note = f"{place.stored.count} resources are known as before; the old state: {backup}"
    return lost


def _backup(place: Place, settings: Settings) -> Path:
    """A copy of the state as it lies there, its secrets encrypted."""
    backup = keep_aside(place.site.work, f"{settings.name}.json")
    backup.touch(mode=0o600)
    backup.write_text(export(place.site, settings.name) or "", encoding="utf-8")
    return backup


def _moved(source: Place, target: Place, settings: Settings, work: Path) -> str:
    backup = _backup(source, settings)
    moving = work / "moving"  # of its own: both places have a configuration, encrypted differently
    shutil.rmtree(moving, ignore_errors=True)
    moving.mkdir()
    old = _engine(source.open(), settings)
    if not remembered(old.resources()):
        raise Refused("this state was made by an older version, which kept the service's tokens in this folder alone; "
                      "put the old `state` back, run `binder-deploy up` once, then move")  # fmt: skip
    new = _engine(replace(target, site=replace(target.site, work=moving)).open(), settings)
    if target.stored and not empty(target.stored.resources) and not same(old, new):
        raise Refused(
            f"state: {target.backend.where} holds another state of this deployment already; nothing was moved"
        )
    count = copy(old, new, target.backend)
    leave(old, target.backend)
    shutil.rmtree(moving)
    return f"{count} entries, compared; the old state, encrypted as it was: {backup}"


def _movable(source: Place, target: Place, settings: Settings) -> Stored:
    if source.state == target.state:
        raise Refused(f"state: it is in {target.backend.where} already; change the section `state` of binder.yaml to "
                      "where it shall be, then run this again")  # fmt: skip
    if source.missing or source.stored is None or not source.stored.resources:
        raise Refused(f"there is no state in {source.backend.where}; say where it is by --from")
    if to := moved_to(source.stored.resources):
        raise Refused(f"the state was moved from {source.backend.where} to {to} already")
    refuse_another(deployment_in(source.stored.resources), settings, f"the state in {source.backend.where}")
    if target.stored:
        refuse_another(deployment_in(target.stored.resources), settings, f"the state in {target.backend.where}")
    return source.stored


def _origin(told: str | None, settings: Settings, work: Path) -> State:
    """Where the state is now: as told, as this folder noted, or in this folder."""
    if told is None:
        noted = whereabouts.noted(work)
        return noted if noted is not None and noted != settings.state else LocalState()
    if told == "local":
        return LocalState()
    if found := re.fullmatch(r"pulumi-cloud/(\S+)", told):
        return PulumiCloudState(kind="pulumi-cloud", organization=found[1])
    if told.startswith(("gs://", "s3://")):
        return BucketState(kind="bucket", url=told)
    raise Refused("--from is one of: local, gs://BUCKET/FOLDER, s3://BUCKET/FOLDER, pulumi-cloud/ORGANISATION")


def _engine(site: Site, settings: Settings) -> Engine:
    return Engine(site, settings.name, lambda: None)
