"""A local state that was cut short, by a full disk: put together again from what is left of it.

The engine goes on after a write that was cut short, so the state and its copy may both be torn. What was written is the
beginning of the newest state: first all that the operation had come to, then what it had not. So the entries that are
whole are taken from there, and the rest from the newest state that is whole: the engine keeps one of every operation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from binder_deploy.stacks.engine import PROJECT
from binder_deploy.stacks.room import NoRoom, require
from binder_deploy.stacks.site import keep_aside
from binder_deploy.stacks.state_lock import held
from binder_deploy.stacks.stored import StateOutOfReach

_DECODER = json.JSONDecoder()


class Torn(StateOutOfReach):
    """The state is cut short, and cannot be made whole: nothing is left of it, or there is no room to write it."""


@dataclass(frozen=True)
class Mended:
    """How a state was put together."""

    salvaged: int
    """Entries that were still there of the torn one."""
    added: int
    """Entries of the older one that the torn one no longer had."""
    since: datetime | None
    """When the older one was written; None: there was none."""
    aside: Path
    """Where the torn one is kept."""

    def __str__(self) -> str:
        older = f", {self.added} from the one of {self.since:%Y-%m-%d %H:%M} UTC" if self.since else ""
        return (
            f"the state was cut short, most likely by a full disk; it was put together again: {self.salvaged} entries "
            f"were still in it{older}. What the last run made at its very end may be missing: `up` finds it by its "
            f"name and records it, and the search at the end of `down` lists what is left. The torn file is kept: "
            f"{self.aside}"
        )


def file_of(state: Path, name: str) -> Path:
    """Where the engine keeps a deployment's entries, below a local state's folder."""
    return state / ".pulumi" / "stacks" / PROJECT / f"{name}.json"


def is_torn(state: Path, name: str) -> bool:
    """Whether there is a local state that cannot be read to its end."""
    file = file_of(state, name)
    return file.is_file() and _whole(file) is None


def mend(state: Path, name: str, work: Path) -> Mended | None:
    """Make a torn state whole; None where it is whole, or a run is at work that will write it again.

    `work`: the deployment's `.binder-deploy`. Raises `Torn`.
    """
    if not is_torn(state, name) or any(not lock.dead for lock in held(state)):
        return None
    file = file_of(state, name)
    try:
        require(state)
    except NoRoom as error:
        raise Torn(f"the state was cut short, and cannot be put together again yet: {error}") from None
    older, since = _older(state, name)
    base, salvaged = _salvaged(file, older)
    spare, more = _salvaged(file.with_name(f"{file.name}.bak"), older)
    if len(more) > len(salvaged):
        base, salvaged = spare, more
    if base is None:
        raise Torn(
            f"{file} was cut short, and no whole copy of it is left; `binder-deploy backup --list` has those that were "
            "backed up, and the page on backups says how one is put back by hand"
        )
    have = {entry["urn"] for entry in salvaged}
    added = [entry for entry in _entries(base) if entry["urn"] not in have]
    latest = {**base["checkpoint"]["latest"], "resources": [*salvaged, *added]}
    whole = {**base, "checkpoint": {**base["checkpoint"], "latest": latest}}
    aside = keep_aside(work, f"torn-{file.name}")
    aside.write_bytes(file.read_bytes())
    _write(file, whole)
    return Mended(len(salvaged), len(added), since, aside)


def _whole(file: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        _entries(told)
        return told
    except (ValueError, KeyError, TypeError):
        return None


def _entries(whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list((whole["checkpoint"]["latest"] or {}).get("resources") or ())


def _older(state: Path, name: str) -> tuple[dict[str, Any] | None, datetime | None]:
    """The newest state that is whole, of those that the engine kept, and when it was written."""
    kept = state / ".pulumi" / "backups" / PROJECT / name
    # Their names end in the time, in nanoseconds.
    for file in sorted(kept.glob(f"{name}.*.json"), key=lambda path: path.name, reverse=True):
        whole = _whole(file)
        if whole and whole["checkpoint"]["latest"]:
            return whole, datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return None, None


def _salvaged(file: Path, older: dict[str, Any] | None) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """What a torn one is to be laid upon, and its entries that are whole; none where they cannot be had.

    Without an older one, it is laid upon its own head. What is encrypted otherwise than the older one cannot be mixed
    with it.
    """
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return older, []
    head, mark, rest = text.partition('"resources":[')
    if not mark:
        return older, []
    try:
        told = json.loads(f'{head}"resources":[]}}}}}}')
        providers = told["checkpoint"]["latest"]["secrets_providers"]
    except (ValueError, KeyError, TypeError):
        return older, []
    if older and older["checkpoint"]["latest"].get("secrets_providers") != providers:
        return older, []
    return older or told, list(_decoded(rest))


def _decoded(text: str) -> Iterator[dict[str, Any]]:
    """The entries of a list that may end in the middle of one."""
    at = 0
    while True:
        try:
            entry, at = _DECODER.raw_decode(text, at)
        except ValueError:
            return
        if not isinstance(entry, dict) or "urn" not in entry:
            return
        yield entry
        if text[at : at + 1] != ",":
            return
        at += 1


def _write(file: Path, whole: Mapping[str, Any]) -> None:
    draft = file.with_name(f".{file.name}.mended")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(whole, stream, separators=(",", ":"))
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    # It has the torn one's digest.
    file.with_name(f"{file.name}.attrs").unlink(missing_ok=True)
