"""Says that an upgrade, or a way back, is under way: one that was cut off is found by the next command.

It lies in `.binder-deploy`, so it is known on this machine alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from binder_deploy.cli.flows.errors import Advice, Refused, Stopped
from binder_deploy.stacks.engine import Interrupted, StateLocked
from binder_deploy.stacks.local_site import FOLDER

NAME = "upgrade.json"
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
        stands = f"{what} was cut off: {_WORDS[self.step]}"
        return f"{stands}; {', '.join(filter(None, (f'`{self.go_on}` goes on', back)))}"


def read(folder: Path) -> Mark | None:
    """What is under way in a deployment's folder. Raises `Refused` for a file that cannot be read."""
    file = folder / FOLDER / NAME
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        mark = Mark(**{**told, "ill": tuple(told.get("ill", ()))})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(file) from error
    if mark.step not in get_args(Step):
        raise _unreadable(file)
    return mark


def write(folder: Path, mark: Mark) -> Mark:
    """Note it, in one step."""
    file = folder / FOLDER / NAME
    draft = file.with_name(f".{NAME}.new")
    draft.write_text(json.dumps(asdict(mark), indent=2) + "\n", encoding="utf-8")
    draft.replace(file)
    return mark


def step(folder: Path, mark: Mark, now: Step) -> Mark:
    """Note how far it is."""
    return write(folder, replace(mark, step=now))


def remove(folder: Path) -> None:
    """Nothing is under way any more."""
    (folder / FOLDER / NAME).unlink(missing_ok=True)


def refuse_halfway(folder: Path) -> None:
    """Raises `Refused` where a deployment would be changed that stands between two bundles."""
    mark = read(folder)
    if mark and mark.step != "backup":
        raise Refused(mark.words())
    remove(folder)


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


def _unreadable(file: Path) -> Refused:
    return Refused(
        f"{FOLDER}/{file.name} says that an upgrade is under way, but cannot be read; `binder-deploy backup --list` "
        "has the ways back: remove the file, then `binder-deploy rollback NAME`, or `binder-deploy up`"
    )
