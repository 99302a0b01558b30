"""Where the state was when this folder was last worked in, so that a changed setting does not make it forgotten."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from binder_deploy.settings.state import State

_FILE = "state-at.json"
_STATE: TypeAdapter[State] = TypeAdapter(State)


def note(work: Path, state: State) -> None:
    """Remember it, in one step."""
    fresh = work / f".{_FILE}.new"
    fresh.write_bytes(_STATE.dump_json(state))
    fresh.replace(work / _FILE)


def noted(work: Path) -> State | None:
    """Where it was; None: nobody noted it, or not in a way that is understood today."""
    try:
        return _STATE.validate_json((work / _FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
