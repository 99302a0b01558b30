"""Says that an upgrade, or a way back, is under way: one that was cut off is found by the next command.

It lies in `.binder-deploy`; where the state is shared also beside the state, and that one counts: all machines see it.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from binder_deploy.cli.flows.errors import Advice, Refused, Stopped
from binder_deploy.stacks import notes
from binder_deploy.stacks.errors import Interrupted, StateLocked
from binder_deploy.stacks.local_site import FOLDER
from binder_deploy.stacks.stored import StateOutOfReach

NAME = "upgrade.json"
KEY = "binder-deploy-upgrade"
"""Name of the note beside a shared state."""
Step = Literal["backup", "drain", "settings", "rollout", "checks", "open", "back"]
_WORDS: dict[Step, str] = {
    "backup": "nothing was changed yet",
    "drain": "the Binder was being emptied, nothing else was changed yet",
    "settings": "binder.yaml and binder.lock.yaml were being written",
    "rollout": "the new charts were being rolled out",
    "checks": "the new charts are rolled out, but were not checked",
    "open": "everything is well, but maintenance was not ended",
    "back": "it was on its way back",
}


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What is under way."""

    kind: Literal["upgrade", "rollback"] = "upgrade"
    before: str
    """Name of the bundle that it started from."""
    after: str
    """Name of the bundle that it leads to."""
    to: str = ""
    """What `--to` said; for a rollback the name of the backup that it leads to."""
    backup: str = ""
    """Name of the backup that was made first; empty: not yet."""
    step: Step = "backup"
    closed: str = ""
    """The text of the maintenance that was on before; empty: none was."""
    hub: bool = False
    """Whether the hub's version changes on the way, and its database with it."""
    ill: tuple[str, ...] = ()
    """Checks that failed before it began: it is not taken back for those."""
    at: str = ""
    """The machine that noted it first: the backups lie there."""

    @property
    def go_on(self) -> str:
        """The command that goes on."""
        return "binder-deploy upgrade" if self.kind == "upgrade" else f"binder-deploy rollback {self.to}"

    def words(self) -> str:
        """Where it stands, and the commands that go on and back."""
        what = f"an upgrade from bundle {self.before} to {self.after}"
        back = "`binder-deploy rollback` goes back"
        if self.kind == "rollback":
            what = f"the way back from bundle {self.before} to {self.after} (backup {self.to})"
            back = ""
        elsewhere = f" on {self.at}, where its backup lies, and may be under way there," if self._far else ""
        stands = f"{what} was begun{elsewhere} and cut off" if elsewhere else f"{what} was cut off"
        stands = f"{stands}: {_WORDS[self.step]}"
        return f"{stands}; {', '.join(filter(None, (f'`{self.go_on}` goes on', back)))}"

    @property
    def _far(self) -> bool:
        return bool(self.at) and self.at != socket.gethostname()


def read(folder: Path) -> Mark | None:
    """What is under way in a deployment's folder, or on another machine that shares its state. Raises `Refused` for a
    note that cannot be read.

    A shared state that does not answer leaves what is known here: whoever opens it then is told.
    """
    work = folder / FOLDER
    here = _here(work)
    if not notes.shared(work):
        return here
    try:
        text = notes.read(work, KEY)
    except StateOutOfReach:
        return here
    told = _mark(text) if text else None
    if told and here and notes.limit(work) and (told.kind, told.to, told.backup) == (here.kind, here.to, here.backup):
        told = replace(told, ill=here.ill, closed=here.closed)  # what a short note leaves out
    _keep(work, told)
    return told


def write(folder: Path, mark: Mark) -> Mark:
    """Note it, in one step. Raises `StateOutOfReach` if others who share the state cannot be told that it begins."""
    work = folder / FOLDER
    begins = not (work / NAME).exists()
    mark = replace(mark, at=mark.at or socket.gethostname())
    if notes.shared(work):
        try:
            notes.write(work, KEY, _text(mark, notes.limit(work)))
        except StateOutOfReach:
            if begins:
                raise
            # They know that it is under way; a step less is no reason to go back.
    _keep(work, mark)
    return mark


def step(folder: Path, mark: Mark, now: Step) -> Mark:
    """Note how far it is."""
    return write(folder, replace(mark, step=now))


def remove(folder: Path) -> None:
    """Nothing is under way any more. Raises `StateOutOfReach` if others who share the state cannot be told."""
    work = folder / FOLDER
    if notes.shared(work) and notes.read(work, KEY):
        notes.write(work, KEY, "")
    _keep(work, None)


def refuse_halfway(folder: Path) -> None:
    """Raises `Refused` where a deployment would be changed that stands between two bundles."""
    mark = read(folder)
    if mark and (mark.step != "backup" or mark._far):
        raise Refused(mark.words())
    if mark:
        remove(folder)


def meet(folder: Path) -> Mark | None:
    """When a shared state is opened from this folder for the first time: what another machine has under way, which
    could not be known before. What is under way here is told there. Raises `StateOutOfReach`."""
    work = folder / FOLDER
    here = _here(work)
    if here and not notes.read(work, KEY):
        write(folder, here)
        return None
    found = read(folder)
    return found if found != here else None


def cut_off(error: BaseException) -> bool:
    """Whether it was stopped, or somebody else is at work: that is no failure of what is under way."""
    cause = error.cause if isinstance(error, Stopped) else error
    return isinstance(cause, KeyboardInterrupt | Interrupted | StateLocked)


def led_on(error: BaseException, mark: Mark) -> BaseException:
    """The error with the command that goes on from here; `up` would be refused."""
    if not isinstance(error, Stopped):
        return error
    first = "wait for the other run to end, then " if isinstance(error.cause, StateLocked) else ""
    return Stopped(error.cause, Advice(error.advice.exists, f"{first}`{mark.go_on}`", ""))


def _mark(text: str) -> Mark:
    try:
        told = json.loads(text)
        mark = Mark(**{**told, "ill": tuple(told.get("ill", ()))})
    except (ValueError, TypeError, AttributeError) as error:
        raise _unreadable() from error
    if mark.step not in get_args(Step):
        raise _unreadable()
    return mark


def _here(work: Path) -> Mark | None:
    """What this machine knows of."""
    try:
        return _mark((work / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable() from error


def _text(mark: Mark, limit: int | None) -> str:
    """The mark as a note. Where it is too long it loses what only spares a way back, then words for people."""
    told = asdict(mark)
    if limit and len(_packed(told)) > limit:
        told["ill"] = ()
    if limit and (more := len(_packed(told)) - limit) > 0:
        told["closed"] = mark.closed[:-more]
    return _packed(told)


def _packed(told: Mapping[str, Any]) -> str:
    must = ("before", "after")
    return json.dumps({k: v for k, v in told.items() if v or k in must}, separators=(",", ":"), ensure_ascii=False)


def _keep(work: Path, mark: Mark | None) -> None:
    """Here; None: nothing is under way."""
    file = work / NAME
    if mark is None:
        file.unlink(missing_ok=True)
        return
    draft = file.with_name(f".{NAME}.new")
    draft.write_text(json.dumps(asdict(mark), indent=2) + "\n", encoding="utf-8")
    draft.replace(file)


def _unreadable() -> Refused:
    return Refused(
        f"{FOLDER}/{NAME} says that an upgrade is under way, but cannot be read; `binder-deploy backup --list` "
        "has the ways back: remove the file, then `binder-deploy rollback NAME`, or `binder-deploy up`"
    )
