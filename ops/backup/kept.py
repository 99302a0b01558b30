"""Backups on disk: one folder each, whole or not there, with a manifest that says what is in it.

A folder is written as a draft and gets its name at the end, so one that was cut off is never taken for a backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = "backups"
"""Below the deployment's `.binder-deploy`."""
MANIFEST = "manifest.json"
SCHEMA = "binder-deploy/backup/v1"
DATABASE, CHECKPOINT, SETTINGS, LOCK = "hub.sqlite", "checkpoint.json", "binder.yaml", "binder.lock.yaml"
"""Members, by the names that they have in every backup."""
KEEP = 10
UPGRADE = "upgrade"
"""Reason of the backups that upgrades make: the newest of them is the way back from the last one."""
_DRAFT = ".draft-"


class Damaged(Exception):
    """A backup is not what was written: it must not be restored."""


class NotWritten(Exception):
    """A backup could not be written; nothing was left of it."""


class NoSuchBackup(Exception):
    """There is no backup of that name."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One backup."""

    folder: Path
    reason: str
    """In a word: `by-hand`, `before-upgrade`."""
    made: datetime
    by: str
    """Who made it."""
    bundle: str
    """Name of the bundle of charts that was installed; empty: unknown."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what was installed: `hub` is the image, `database` the revision of its schema."""
    members: Mapping[str, str] = field(default_factory=dict)
    """File → sha256."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """What it should have, and has not → why."""

    @property
    def name(self) -> str:
        """As it is called: `20261123T194500Z-by-hand`."""
        return self.folder.name

    @property
    def has_database(self) -> bool:
        """Whether the hub's database is in it."""
        return DATABASE in self.members

    @property
    def bytes(self) -> int:
        """What it takes on disk."""
        return sum((self.folder / member).stat().st_size for member in self.members)

    def verified(self, member: str) -> Path:
        """The path of a member, after a look at it. Raises `Damaged`, for whatever member is not as it was written."""
        for name, digest in self.members.items():
            file = self.folder / name
            if not file.is_file() or sha256(file) != digest:
                raise Damaged(
                    f"the backup {self.name} is damaged: {name} is not what was written; nothing was restored. Take "
                    "another one: `binder-deploy backup --list`"
                )
        if member not in self.members:
            why = self.missing.get(member, "")
            raise Damaged(f"the backup {self.name} has no {member}{f': {why}' if why else ''}")
        return self.folder / member


def kept(work: Path) -> tuple[Kept, ...]:
    """Every backup, the newest first. `work`: the deployment's `.binder-deploy`.

    What is no backup (a draft that was cut off, what other commands lay aside) is left out; so is a folder whose
    manifest cannot be read.
    """
    manifests = (work / FOLDER).glob(f"[!.]*/{MANIFEST}")
    found = [one for file in manifests if (one := _read(file)) is not None]
    return tuple(sorted(found, key=lambda one: one.made, reverse=True))


def named(work: Path, name: str) -> Kept:
    """The backup of that name; `latest` is the newest one that has a database. Raises `NoSuchBackup`."""
    there = kept(work)
    for one in there:
        if one.name == name or (name == "latest" and one.has_database):
            return one
    raise NoSuchBackup(
        f"there is no backup {'that has a database' if name == 'latest' else f'called {name}'}; there "
        + (f"are: {', '.join(one.name for one in there)}" if there else "is none: `binder-deploy backup` makes one")
        + "; one that was made on another machine lies there, below .binder-deploy/"
    )


@contextmanager
def drafted(work: Path, reason: str, now: datetime) -> Iterator[Path]:
    """A folder to fill; `finish` makes it a backup. Whatever is not finished is removed, also what a killed process
    left before. Raises `NotWritten`."""
    backups = work / FOLDER
    draft = backups / f"{_DRAFT}{os.getpid()}-{now:%Y%m%dT%H%M%SZ}-{_word(reason)}"
    try:
        backups.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in backups.glob(f"{_DRAFT}*"):
            if not _lives(left):
                shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(mode=0o700)
        yield draft
    except OSError as error:
        raise NotWritten(f"the backup cannot be written below {backups}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def finish(draft: Path, made: Kept) -> Kept:
    """Write the manifest with the digests of everything in the draft, and give the folder its name, in one step."""
    members = {file.name: sha256(file) for file in sorted(draft.iterdir())}
    told = {
        "schema": SCHEMA,
        "reason": made.reason,
        "made": made.made.isoformat(),
        "by": made.by,
        "bundle": made.bundle,
        "versions": dict(made.versions),
        "members": members,
        "missing": dict(made.missing),
    }
    private(draft / MANIFEST, json.dumps(told, indent=2) + "\n")
    for file in draft.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    place = _free(made.folder)
    draft.rename(place)
    found = _read(place / MANIFEST)
    if found is None:
        raise Damaged(f"the manifest of {place.name} cannot be read again")
    return found


def place_of(work: Path, reason: str, now: datetime) -> Path:
    """Where a backup of that moment lies."""
    return work / FOLDER / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{_word(reason)}"


def prune(
    work: Path, keep: int = KEEP, tell: Callable[[Kept], None] = lambda gone: None, spare: Kept | None = None
) -> None:
    """Remove all but the newest `keep`. However old they are, the newest one that has a database stays, the way back
    from the last upgrade, and `spare`."""
    there = kept(work)
    last = next((one for one in there if one.has_database), None)
    back = next((one for one in there if one.reason == UPGRADE), None)
    stay = {one.folder for one in (last, back, spare) if one}
    for one in there[keep:]:
        if one.folder not in stay:
            # Its name first: half of a folder must not pass for a backup.
            gone = one.folder.with_name(f"{_DRAFT}0-{one.name}")
            one.folder.rename(gone)
            shutil.rmtree(gone)
            tell(one)


def private(file: Path, text: str) -> None:
    """Write a file that only its owner may read from the first moment."""
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")


def sha256(file: Path) -> str:
    """Of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(manifest: Path) -> Kept | None:
    try:
        told: Mapping[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        if told["schema"] != SCHEMA:
            return None
        return Kept(
            folder=manifest.parent,
            reason=str(told["reason"]),
            made=datetime.fromisoformat(told["made"]),
            by=str(told["by"]),
            bundle=str(told["bundle"]),
            versions=_texts(told["versions"]),
            members=_texts(told["members"]),
            missing=_texts(told["missing"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    if any(Path(key).name != key for key in told):
        raise ValueError("a path where a name belongs")
    return {str(key): str(value) for key, value in told.items()}


def _word(reason: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", reason.lower()).strip("-") or "backup"


def _free(place: Path) -> Path:
    """The name, or one beside it if two are made within a second."""
    tried: Sequence[Path] = (place, *(place.with_name(f"{place.name}-{n}") for n in range(2, 100)))
    return next(one for one in tried if not one.exists())


def _lives(draft: Path) -> bool:
    """Whether the process that writes a draft still runs."""
    found = re.match(rf"{re.escape(_DRAFT)}(\d+)-", draft.name)
    if not found or int(found[1]) in (0, os.getpid()):
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
