"""Short-lived deployments beside one that stays: how one is derived, and how the forgotten ones are removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from binder_deploy.cli.flows.acquire import get_tools
from binder_deploy.cli.flows.errors import LeftoversFound, Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.state_site import place_of
from binder_deploy.settings import ephemeral
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import FILE_NAME, LOCK_NAME, load, parse
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.ledger import short_lived_in
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.stored import names, stored

OVERLAY = "binder.preview.yaml"
"""Beside `binder.yaml`: sections that every short-lived deployment has otherwise. It may be missing."""
LONGEST_HOURS = 24 * 30


@dataclass(frozen=True)
class Preview:
    """A folder that a short-lived deployment is made from, and removed from."""

    file: Path
    settings: Settings
    expires: str


def environment(
    file: Path, number: int, into: Path, hours: float, now: datetime | None = None, *, own_cluster: bool = False
) -> Preview:
    """Write the `binder.yaml` of pull request `number` into a folder, with the charts' lock beside it.

    The base's and the overlay's texts are read as the folder of `file` has them. Raises `SettingsError`, `Refused`.
    """
    folder = file.resolve().parent
    if into.resolve() == folder:
        raise Refused("--into: is the deployment's own folder; name another one")
    text, settings, day = derived(file, number, hours, now, own_cluster=own_cluster)
    into.mkdir(parents=True, exist_ok=True)
    (into / FILE_NAME).write_text(text, encoding="utf-8")
    if (folder / LOCK_NAME).exists():
        shutil.copyfile(folder / LOCK_NAME, into / LOCK_NAME)
    return Preview(into / FILE_NAME, settings, day)


def derived(
    file: Path, number: int, hours: float, now: datetime | None = None, *, own_cluster: bool = False
) -> tuple[str, Settings, str]:
    """Text, the same understood, and the last day, without writing anything. Raises `SettingsError`, `Refused`."""
    if not 0 < hours <= LONGEST_HOURS:
        raise Refused(f"--hours: more than 0 and at most {LONGEST_HOURS}, or it would stay for good")
    base, folder = load(file), file.resolve().parent
    day = ephemeral.last_day(now or datetime.now(UTC), hours)
    sections = ephemeral.derived(base, _sections(file), number, day, _overlay(folder), folder, own_cluster=own_cluster)
    text = _text(sections)
    return text, parse(text, f"binder.yaml of pull request {number}"), day


@dataclass(frozen=True)
class Found:
    """A short-lived deployment that the state knows of."""

    name: str
    expires: str
    """The day; empty: the state does not say."""
    result: Literal["stays", "expired", "removed", "left over", "failed"]
    why: str = ""


def sweep(
    file: Path,
    observe: Observer,
    confirm: Callable[[str], bool],
    *,
    closed: int | None = None,
    now: datetime | None = None,
) -> tuple[Found, ...]:
    """Look at every short-lived deployment of this base in the state's place, and remove those whose day is over.

    `closed`: look at that pull request's alone, and remove it whatever its day.
    One that cannot be removed does not keep the others. `confirm` is asked once, with their names; after a no they are
    given as `expired`. Raises `SettingsError`, `BucketError`, `StateOutOfReach`.
    """
    base, folder = load(file), file.resolve().parent
    with phase(observe, "look", "look for short-lived deployments") as current:
        known = tuple(_known(base, folder, observe, closed, now or datetime.now(UTC)))
        over = [one for one, _ in known if one.result == "expired"]
        current.note = f"{len(known)} found, {len(over)} expired"
    if not over or not confirm(f"Remove {', '.join(one.name for one in over)}, with everything in them?"):
        return tuple(one for one, _ in known)
    return tuple(_removed(base, one, text, folder, observe) if one in over else one for one, text in known)


def _known(
    base: Settings, folder: Path, observe: Observer, closed: int | None, now: datetime
) -> Iterator[tuple[Found, str]]:
    """Each with its settings' text."""
    state = base.state.model_copy(update=dict(ephemeral.place_of_all(base)))
    place = place_of(state, base, folder, get_tools(observe, rehearsal=False))
    if place.missing:
        return
    for name in names(place.site):
        number = ephemeral.number_in(base.name, name)
        if number is None or closed not in (None, number):
            continue
        there = stored(place.site, name)
        if there is None or not there.count:
            continue  # removed already: only its history is left
        told = short_lived_in(there.resources)
        if told is None:
            yield Found(name, "", "failed", "its state does not say that it is short-lived: nothing is done to it"), ""
        else:
            over = closed is not None or ephemeral.expired(told.expires, now)
            yield Found(name, told.expires, "expired" if over else "stays"), told.settings


def _removed(base: Settings, found: Found, text: str, folder: Path, observe: Observer) -> Found:
    """What came of `down` on it. Any error is one of this deployment: the next one must be removed all the same."""
    try:
        ephemeral.refuse_another(base, found.name, parse(text, f"settings of {found.name}"))
    except SettingsError as error:
        return replace(found, result="failed", why=str(error))
    # Here, not above: importing it takes seconds, and `ci init` and `ci environment` need none of it.
    from binder_deploy.cli.flows.real import Request, down

    own = work_folder(folder) / ephemeral.FOLDER / found.name
    own.mkdir(parents=True, exist_ok=True)
    (own / FILE_NAME).write_text(text, encoding="utf-8")
    observe(Notice(f"{found.name} (until {found.expires}) is removed"))
    try:
        down(Request(own / FILE_NAME), observe, lambda name: True)
    except LeftoversFound as error:
        return replace(found, result="left over", why=str(error))
    except Exception as error:
        return replace(found, result="failed", why=f"{type(error).__name__}: {error}")
    shutil.rmtree(own)
    return replace(found, result="removed")


def _overlay(folder: Path) -> Mapping[str, Any]:
    file = folder / OVERLAY
    return _sections(file) if file.exists() else {}


def _sections(file: Path) -> Mapping[str, Any]:
    data = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise SettingsError.one(file.name, "is empty or not a mapping", "write sections as in binder.yaml")
    return data


def _text(data: Mapping[str, Any]) -> str:
    from io import StringIO

    out = StringIO()
    out.write("# Written by `binder-deploy ci environment`: change binder.yaml or binder.preview.yaml instead.\n")
    YAML(typ="safe", pure=True).dump(dict(data), out)
    return out.getvalue()
