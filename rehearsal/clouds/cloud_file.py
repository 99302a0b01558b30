"""The one file in which the simulated cloud lives: it outlives every process, and the cluster, as a real cloud does.

Plugins, controllers and the session read and write it at once, each in short transactions.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

Owner = Literal["engine", "controller", "given"]
"""Who made it: Pulumi's engine, a controller in the cluster, or it was there before anything of ours."""
Method = Literal["create", "read", "update", "delete", "invoke"]
FaultKind = Literal["quota", "403", "429", "500", "timeout", "created-but-not-reported"]

LOCK_TIMEOUT = 60.0
"""Seconds; a transaction lasts milliseconds, so a longer wait means that somebody hangs while holding the lock."""


class CloudFileError(Exception):
    """The cloud file cannot be used; the message has its path and the reason."""


class AlreadyExistsError(Exception):
    """A record of this type and id is there already."""


@dataclass(frozen=True)
class Record:
    """One thing that exists in the cloud."""

    type: str
    """`compute/network`, `container/nodePool`; for controllers also `compute/disk`, `compute/forwardingRule`, …"""
    id: str
    """As the cloud writes it: `projects/P/global/networks/N`."""
    inputs: Mapping[str, Any]
    """What was asked for."""
    outputs: Mapping[str, Any]
    """What there is, including what the cloud filled in."""
    owner: Owner
    created: int
    """Sequence number: smaller is older."""

    @property
    def key(self) -> str:
        return key(self.type, self.id)

    @property
    def name(self) -> str:
        """The physical name, without the path that some services put in front of it."""
        return str(self.outputs.get("name") or self.id).rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Call:
    """One call to the cloud's API, in the order in which they were answered."""

    sequence: int
    method: str
    type: str
    id: str
    result: str
    """`ok`, or the error's text."""


@dataclass(frozen=True)
class Fault:
    """An error to be played: the `nth` call (from 1; 0 means every call) of `method` on a matching type fails."""

    method: Method
    type: str
    """A glob over record types: `compute/*`."""
    kind: FaultKind
    nth: int = 1
    message: str = ""
    """Instead of the cloud's usual words."""
    seen: int = 0
    """Matching calls so far."""
    hang_s: float = 0.0
    """Seconds until the caller learns of it: what is to be done at the cloud is done before."""


def key(type: str, id: str) -> str:
    """Key of a record."""
    return f"{type}::{id}"


@dataclass
class Cloud:
    """What exists, within one transaction; `CloudFile.read` gives a copy that nobody saves."""

    records: dict[str, Record] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    session: dict[str, Any] = field(default_factory=dict)
    """Facts of the session: see `gcp/given.py` and `aws/given.py` for the keys that are read."""
    sequence: int = 0

    def next(self) -> int:
        """A new sequence number."""
        self.sequence += 1
        return self.sequence

    def add(self, type: str, id: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any], owner: Owner) -> Record:
        """Make a record; raises `AlreadyExistsError`."""
        if key(type, id) in self.records:
            raise AlreadyExistsError(f"{type} {id} exists already")
        record = Record(type, id, dict(inputs), dict(outputs), owner, self.next())
        self.records[record.key] = record
        return record

    def put(self, record: Record) -> None:
        """Replace a record by one of the same key."""
        self.records[record.key] = record

    def get(self, type: str, id: str) -> Record | None:
        return self.records.get(key(type, id))

    def remove(self, type: str, id: str) -> Record | None:
        """Take a record away; `None` if it was gone already."""
        return self.records.pop(key(type, id), None)

    def of_type(self, *types: str) -> list[Record]:
        """Records of these types, oldest first."""
        return sorted((r for r in self.records.values() if r.type in types), key=lambda r: r.created)

    def log(self, method: str, type: str, id: str, result: str) -> None:
        """Note a call."""
        self.calls.append(Call(self.next(), method, type, id, result))

    def fault(self, method: str, type: str) -> Fault | None:
        """Count this call; the fault that it must answer with, if any."""
        due: Fault | None = None
        for i, fault in enumerate(self.faults):
            if fault.method != method or not fnmatchcase(type, fault.type):
                continue
            counted = replace(fault, seen=fault.seen + 1)
            self.faults[i] = counted
            if due is None and counted.nth in (0, counted.seen):
                due = counted
        return due


class CloudFile:
    """The file. Reading takes no lock (a save is one atomic rename); a transaction excludes all others."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Cloud:
        """The cloud as it is now; an absent file is an empty cloud."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Cloud()
        try:
            return _decode(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise CloudFileError(
                f"{self.path} is not a cloud file ({error}); remove it to begin with an empty cloud"
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[Cloud]:
        """Change the cloud; saved at the end, or not at all if the block raises."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A lock object per transaction: threads then exclude each other just as processes do.
        lock = FileLock(self.path.with_name(self.path.name + ".lock"))
        try:
            # The default poll of 50 ms would dominate when the engine creates many things at once.
            lock.acquire(timeout=LOCK_TIMEOUT, poll_interval=0.002)
        except Timeout as error:
            raise CloudFileError(
                f"{lock.lock_file} has been held for {LOCK_TIMEOUT:.0f} s; end the process that holds it"
            ) from error
        try:
            cloud = self.read()
            yield cloud
            self._save(cloud)
        finally:
            lock.release()

    def _save(self, cloud: Cloud) -> None:
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                # One call: json.dump to a file writes tiny pieces and takes the slow encoder.
                file.write(json.dumps(_encode(cloud), separators=(",", ":")))
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _encode(cloud: Cloud) -> dict[str, Any]:
    return {
        "sequence": cloud.sequence,
        "session": cloud.session,
        "records": [vars(r) for r in cloud.records.values()],
        "faults": [asdict(f) for f in cloud.faults],
        "calls": [vars(c) for c in cloud.calls],
    }


def _decode(data: Mapping[str, Any]) -> Cloud:
    records = (Record(**r) for r in data["records"])
    return Cloud(
        records={r.key: r for r in records},
        calls=[Call(**c) for c in data["calls"]],
        faults=[Fault(**f) for f in data["faults"]],
        session=dict(data["session"]),
        sequence=int(data["sequence"]),
    )
