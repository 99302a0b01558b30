"""How a deployment is, on one screen: what the state knows, what the cluster shows, what the cheap checks say.

Nothing is changed, no passphrase is asked for, and what cannot be had is told in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Check, Outcome, Probe
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.runner import Probes, run
from binder_deploy.checks.select import select
from binder_deploy.cli.flows import upgrade_mark
from binder_deploy.cli.flows.checking import AFTER
from binder_deploy.cli.flows.cost import costs
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.history import Entry, entries, unfinished
from binder_deploy.cli.flows.living import Known, known, lay_way_in, settled_settings
from binder_deploy.cli.flows.summary import tally
from binder_deploy.ops.census import Census, census
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.ops.surroundings import NotLetIn, NotReached
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.ledger import maintenance_in
from binder_deploy.stacks.local_site import FOLDER

CHEAP_S = 30.0
"""A check that rests on a probe which may take longer (dry runs, pushes) is left to `check`."""
_RELEASE = "kubernetes:helm.sh/v3:Release"


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What was spent so far, were nobody ever there: an estimate, and the least that it can be."""

    usd: float
    since: datetime
    complete: bool
    """False: some prices are unknown, and not in it."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """Everything that is shown."""

    at: datetime
    settings: Settings
    deployed: bool
    where: str
    """Of the state; empty: there is none yet."""
    resources: int
    outputs: Outputs | None
    releases: Mapping[str, str]
    """Helm release → version of its chart, as the state has it."""
    census: Census | None
    silent: str
    """Why the cluster was not asked, or gave no answer."""
    outcomes: tuple[Outcome, ...]
    past: tuple[Entry, ...]
    """The newest first."""
    pending: Entry | None
    """The last `up` or `down` that ended early."""
    halfway: str
    """Of an upgrade that was cut off: where it stands, and the commands that go on and back."""
    maintenance: str
    """What people read while nobody can launch; empty: they can."""
    spent: Spent | None


def status(file: Path, observe: Observer) -> Status:
    """Look. Raises as `living.known` does."""
    with phase(observe, "state", "read the state") as current:
        found = known(file, observe)
        past = entries(found)
        current.note = f"{len(found.resources)} entries" if found.deployed else "nothing is deployed"
    mark = upgrade_mark.read(found.folder)
    found, counted, silent = _counted(found, observe) if found.deployed else (found, None, "")
    return Status(
        at=datetime.now(UTC),
        settings=found.settings,
        deployed=found.deployed,
        where=found.place.backend.where if found.place and found.place.stored else "",
        resources=found.place.stored.count if found.place and found.place.stored else 0,
        outputs=found.outputs,
        releases=_releases(found),
        census=counted,
        silent=silent,
        outcomes=_checked(found, observe) if counted else (),
        past=past,
        pending=unfinished(past),
        halfway=mark.words() if mark else "",
        maintenance=maintenance_in(found.resources) or "",
        spent=_spent(found, datetime.now(UTC)),
    )


def _counted(found: Known, observe: Observer) -> tuple[Known, Census | None, str]:
    """With the settings as the cluster settles them; and why there is no census."""
    with phase(observe, "cluster", "look into the cluster") as current:
        try:
            lay_way_in(found)
            kubeconfig = found.folder / FOLDER / "kubeconfig"
            if not kubeconfig.exists():
                return found, None, "there is no cluster yet"
            found = replace(found, settings=settled_settings(found))
            counted = census(found.settings, kubeconfig)
        except (ClusterSilent, NotReached, NotLetIn, SettingsError) as error:
            current.note = "no answer"
            return found, None, str(error)
        current.note = f"{sum(nodes.count for nodes in counted.nodes)} nodes"
    return found, counted, ""


def _checked(found: Known, observe: Observer) -> tuple[Outcome, ...]:
    told, outputs = found.settings.checks, found.outputs
    with phase(observe, "checks", "check deployment") as current:
        probes = probes_for(
            Given(
                settings=found.settings,
                folder=found.folder,
                kubeconfig=found.folder / FOLDER / "kubeconfig",
                address=outputs.address if outputs else None,
            )
        )
        checks = cheap(select(CATALOGUE, phases=AFTER, skip=told.skip), probes)
        outcomes = run(checks, probes, ignore=told.ignore)
        current.note = tally(outcomes)
    return outcomes


def cheap(checks: Sequence[Check], probes: Probes) -> tuple[Check, ...]:
    """Those that can be asked here, within seconds and without making anything, were it for a moment."""
    asked = ((check, [probes.get(key) for key in check.needs]) for check in checks)
    return tuple(check for check, needs in asked if all(isinstance(p, Probe) and p.timeout_s <= CHEAP_S for p in needs))


def _releases(found: Known) -> dict[str, str]:
    told = [r["outputs"].get("status") or {} for r in found.resources if r["type"] == _RELEASE and r.get("outputs")]
    return {str(one["name"]): str(one["version"]) for one in told if one.get("name") and one.get("version")}


def _spent(found: Known, now: datetime) -> Spent | None:
    """Since the first thing was made, at list prices, as if the pools had been at their smallest all the time."""
    made = [datetime.fromisoformat(r["created"]) for r in found.resources if r.get("custom") and r.get("created")]
    if not made or not found.deployed or isinstance(found.settings.platform, Existing):
        return None
    idle = costs(found.settings, found.folder).estimate.load("idle")
    hours = (now - min(made)).total_seconds() / 3600
    return Spent(usd=idle.usd / idle.hours * hours, since=min(made), complete=not idle.unknown) if idle.usd else None
