"""Who ran what, when, and how it ended: the state's own history, and what this folder's logs know of the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.living import Known, known
from binder_deploy.cli.flows.runs import LOOKS, Result, Run, runs
from binder_deploy.cli.flows.summary import changes
from binder_deploy.stacks.events import Summary
from binder_deploy.stacks.local_site import FOLDER
from binder_deploy.stacks.past import Operation, operations

_SLACK = timedelta(seconds=2)
"""The engine notes whole seconds."""
_RESULTS: dict[str, Result] = {"succeeded": "done", "failed": "failed", "in-progress": "running"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that was done, or begun."""

    start: datetime
    end: datetime | None
    what: str
    """The command; for what another machine did, the one that does that: `up`, `down`."""
    by: str
    """Empty if nobody noted it."""
    result: Result
    changes: str
    """`3 created`; empty if the engine wrote nothing."""
    why: str = ""
    """How it ended early."""
    log: Path | None = None
    """Here; None: it was run elsewhere, or too long ago."""


def history(file: Path, observe: Observer, at_most: int = 20) -> tuple[Entry, ...]:
    """The newest first. Raises as `known` does."""
    return entries(known(file, observe), at_most)


def entries(found: Known, at_most: int = 20) -> tuple[Entry, ...]:
    """The same of a deployment that was found already. Raises `StateOutOfReach`."""
    done: Sequence[Operation] = ()
    if found.place and found.place.stored:
        done = operations(found.place.site, found.settings.name)
    told = tuple(run for run in runs(found.folder / FOLDER) if run.command not in LOOKS)
    return together(done, told)[:at_most]


def together(done: Sequence[Operation], told: Sequence[Run]) -> tuple[Entry, ...]:
    """Operations of the state within the runs that carried them out here; each thing once, the newest first."""
    left, found = list(done), []
    for run in told:
        own = [o for o in left if run.start - _SLACK <= o.start <= run.end + _SLACK and o.by in ("", run.by)]
        left = [o for o in left if o not in own]
        found.append(_here(run, own))
    found += map(_elsewhere, left)
    return tuple(sorted(found, key=lambda entry: entry.start, reverse=True))


def unfinished(past: Sequence[Entry]) -> Entry | None:
    """The last `up` or `down`, if it ended early: there is work left."""
    last = next((entry for entry in past if entry.what in ("up", "down")), None)
    return last if last and last.result in ("failed", "interrupted", "cut off") else None


def _here(run: Run, own: Sequence[Operation]) -> Entry:
    return Entry(
        start=run.start,
        end=None if run.result == "running" else run.end,
        what=run.command,
        by=run.by,
        result=run.result,
        changes=_changes(own),
        why=run.why,
        log=run.log,
    )


def _elsewhere(one: Operation) -> Entry:
    return Entry(
        start=one.start,
        end=one.end,
        what=one.command,
        by=one.by,
        result=_RESULTS.get(one.result, "failed"),
        changes=_changes([one]),
    )


def _changes(done: Sequence[Operation]) -> str:
    count: Counter[str] = Counter()
    for one in done:
        count.update(one.changes)
    return changes(Summary(dict(count), 0.0)) if done else ""
