"""What was made at the cloud and never reached the state, because a run was killed or the answer was lost.

The engine notes a creation before it asks for it, so a killed run leaves the note; a creation that failed, only its
run knows of. Either way the cloud is asked, in a state that is thrown away: what carries our mark then enters the real
one in a single step, and nothing else ever does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from binder_deploy.settings.leftovers import Leftover
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.events import Observer, name_of
from binder_deploy.stacks.physical import PREFIXES, called, id_of, is_ours, numbered
from binder_deploy.stacks.teardown import is_cluster, known_by

Resource = Mapping[str, Any]
"""An entry of the state, as the engine exports it."""


@dataclass(frozen=True)
class Foreign:
    """Something that has the name which we would give, and not our mark."""

    kind: str
    """`compute/network`."""
    id: str
    resource: str
    """Logical name of ours that it stands in the way of."""


@dataclass(frozen=True)
class Settled:
    """What came of the creations that were cut off."""

    adopted: tuple[str, ...] = ()
    """Logical names of what was found, and is in the state now."""
    foreign: tuple[Foreign, ...] = ()
    unready: tuple[str, ...] = ()
    """Ours, but the cloud has not finished making them."""


def noted(exported: Mapping[str, Any]) -> tuple[Resource, ...]:
    """Creations that a killed run had begun, of an exported state."""
    pending = exported["deployment"].get("pending_operations") or ()
    return tuple(one["resource"] for one in pending if one["type"] == "creating")


def recheck(engine: Engine, observe: Observer) -> None:
    """Ask the cloud about every removal that a killed run had begun: what is gone leaves the state, and is made anew by
    an `up`. Raises `EngineError`, `Interrupted`."""
    pending = engine.exported()["deployment"].get("pending_operations") or ()
    if begun := [one["resource"]["urn"] for one in pending if one["type"] == "deleting"]:
        engine.refresh(observe, begun)


def settle(
    engine: Engine, deployment: str, failed: Iterable[Resource], orphans: Callable[[], Sequence[Leftover]]
) -> Settled:
    """Ask the cloud about every creation whose end is not known; what is ours enters the state.

    `failed`: creations that ended in an error just now. `orphans`: what the cloud has of this deployment, whatever the
    state says; only asked for what cannot be found by its name. Raises `EngineError`, `StateLocked`: then nothing is
    changed.
    """
    exported = engine.exported()
    recorded = list(exported["deployment"].get("resources", ()))
    begun, have = noted(exported), {r["urn"] for r in recorded}
    asked = {r["urn"]: dict(r) for r in (*failed, *begun) if r["urn"] not in have}
    wanted = _with_ids(asked.values(), recorded, orphans)
    found = _looked_up(engine, wanted, recorded) if wanted else {}
    known = _names(recorded)
    mine = {urn: r for urn, r in found.items() if is_ours(r["type"], r["outputs"], deployment, known)}
    unready = {urn for urn, r in mine.items() if is_cluster(r) and not r["outputs"].get("endpoint")}
    adopted = {urn: r for urn, r in mine.items() if urn not in unready}
    if adopted or (begun and not unready):
        _enter(engine, adopted, keep=unready)
    return Settled(
        tuple(name_of(urn) for urn in adopted),
        tuple(Foreign(r["type"].split(":")[1], r["id"], name_of(u)) for u, r in found.items() if u not in mine),
        tuple(name_of(urn) for urn in unready),
    )


def _names(resources: Sequence[Resource]) -> frozenset[str]:
    """Every name, id and address in the state, and the last part of every path."""
    names = known_by(resources)
    return names | {name.rsplit("/", 1)[-1] for name in names}


def _with_ids(
    resources: Iterable[dict[str, Any]], recorded: Sequence[Resource], orphans: Callable[[], Sequence[Leftover]]
) -> dict[str, dict[str, Any]]:
    """Those that can be looked up, each with the id that it would have."""
    wanted, unnamed = {}, []
    for resource in resources:
        if id := id_of(resource["type"], resource.get("inputs") or {}):
            wanted[resource["urn"]] = {**resource, "id": id}
        elif resource["type"] in PREFIXES:
            unnamed.append(resource)
    known = known_by(recorded)
    there = [thing for thing in (orphans() if unnamed else ()) if thing.id and thing.id not in known]
    for resource in unnamed:
        type, inputs = resource["type"], resource.get("inputs") or {}
        name = called(type, inputs)
        for thing in there:
            if name and thing.called == name and thing.id.startswith(PREFIXES[type]):
                wanted[resource["urn"]] = {**resource, "id": numbered(type, inputs, thing.id)}
                break
    return wanted


def _looked_up(
    engine: Engine, wanted: Mapping[str, dict[str, Any]], recorded: Sequence[Resource]
) -> dict[str, dict[str, Any]]:
    """Those that exist, as the cloud has them.

    In a state of its own: were they in the real one, a cut at the wrong moment would leave other people's things there
    for the next `down` to remove.
    """
    used = {r["provider"] for r in wanted.values()}
    providers = [_bare(r) for r in recorded if f"{r['urn']}::{r.get('id')}" in used]
    with TemporaryDirectory() as name:
        aside = engine.aside(Path(name), _scratch)
        empty = aside.exported()
        resources = [*providers, *({**_bare(r), "id": r["id"], "outputs": {}} for r in wanted.values())]
        empty["deployment"] |= {"resources": resources, "pending_operations": []}
        aside.replace(empty)
        aside.refresh(lambda event: None, list(wanted))
        there = {r["urn"]: r for r in aside.resources()}
    # Some are asked for by another id than they have.
    return {
        urn: {**r, "id": there[urn]["id"], "outputs": there[urn]["outputs"]}
        for urn, r in wanted.items()
        if urn in there
    }


def _scratch(site: Site, folder: Path) -> Site:
    """The same engine with a state in `folder`, under a passphrase that nobody knows afterwards."""
    for part in ("state", "work"):
        (folder / part).mkdir()
    environ = {k: v for k, v in site.environ.items() if not k.startswith("PULUMI_CONFIG_PASSPHRASE")}
    environ |= {
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(24),
    }
    return Site(folder / "work", site.root, environ)


def _bare(resource: Resource) -> dict[str, Any]:
    """Without what ties it to resources that are not there."""
    ties = ("parent", "dependencies", "propertyDependencies", "deletedWith", "aliases", "replaceWith")
    return {key: value for key, value in resource.items() if key not in ties}


def _enter(engine: Engine, adopted: Mapping[str, Resource], keep: Iterable[str]) -> None:
    """Into the state, and the notes that are settled out of it."""
    exported = engine.exported()
    state, kept = exported["deployment"], set(keep)
    state["resources"] = [*state.get("resources", ()), *adopted.values()]
    pending = state.get("pending_operations") or ()
    state["pending_operations"] = [one for one in pending if one["resource"]["urn"] in kept]
    engine.replace(exported)
