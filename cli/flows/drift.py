"""What is otherwise at the cloud than this deployment left it. The cloud is not changed."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.living import known, lay_way_in
from binder_deploy.cli.flows.way_in import NOTHING
from binder_deploy.stacks.drift import Difference
from binder_deploy.stacks.engine import Engine


def drift(file: Path, observe: Observer, *, record: bool = False) -> tuple[Difference, ...]:
    """Ask the cloud and the cluster about everything that the state has.

    What somebody added beside it is not seen, nor what was changed within a Helm release. `record`: the state takes
    note of what differs, so that the next `up`, which compares settings and state, puts it right; not of what it may
    not overwrite. Raises `Refused` where nothing is deployed, `EngineError`, and as `living.known` does.
    """
    found = known(file, observe)
    if found.place is None or not found.deployed:
        raise Refused(NOTHING)
    lay_way_in(found)
    engine = Engine(found.place.open(), found.settings.name, lambda: None)
    with phase(observe, "drift", "look for differences") as current:
        differences = engine.drift(observe)
        current.note = f"{len(differences)} resources differ" if differences else "all is as it was left"
    if record and (ours := [one.urn for one in differences if not one.by_hand]):
        with phase(observe, "record", "take note of it"):
            engine.refresh(observe, ours)
    return differences
