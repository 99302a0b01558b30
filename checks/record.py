"""What the probes brought, kept: the same rules can be asked again elsewhere, and come to the same verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from binder_deploy.checks.codec import CannotRead, CannotRecord, decode, encode
from binder_deploy.checks.collect import collect
from binder_deploy.checks.model import Check, Fact, Key, Probe, Unknown, Withheld
from binder_deploy.checks.runner import Probes

SCHEMA = "binder-deploy/facts/v1"
Record = Mapping[Key[Any], Fact[Any] | Unknown | Withheld]
"""What is known of each key. A key that is missing was not asked: nothing was given to ask."""


def record(checks: Iterable[Check], probes: Probes) -> Record:
    """Ask every fact that these checks need, once."""
    needed = {key for check in checks for key in check.needs}
    known: dict[Key[Any], Fact[Any] | Unknown | Withheld] = {}
    asked: dict[Key[Any], Probe[Any]] = {}
    for key in needed & set(probes):
        probe = probes[key]
        if isinstance(probe, Probe):
            asked[key] = probe
        else:
            known[key] = probe
    return known | {found.key: found.fact for found in collect(asked)}


def replay(recorded: Record) -> Probes:
    """Probes that bring what is recorded, with its source; what was unknown stays unknown, for the same reason."""
    return {key: _given(fact) if isinstance(fact, Fact) else fact for key, fact in recorded.items()}


def to_json(recorded: Record) -> dict[str, Any]:
    """JSON-ready data. A fact of a kind that cannot be written is recorded as unknown, with the reason."""
    return {
        "schema": SCHEMA,
        "facts": {key.name: _entry(recorded[key]) for key in sorted(recorded, key=lambda key: key.name)},
    }


def from_json(data: Mapping[str, Any], checks: Iterable[Check]) -> Record:
    """The record again, for these checks. What this version cannot read is unknown, and says so.

    Raises `CannotRead` for data that is no record.
    """
    if data.get("schema") != SCHEMA:
        raise CannotRead(f"not a record of facts ({SCHEMA})")
    keys = {key.name: key for check in checks for key in check.needs}
    return {keys[name]: _fact(entry) for name, entry in data["facts"].items() if name in keys}


def _given(fact: Fact[Any]) -> Probe[Any]:
    return Probe(lambda: fact.value, fact.source)


def _entry(fact: Fact[Any] | Unknown | Withheld) -> dict[str, Any]:
    match fact:
        case Unknown(why):
            return {"unknown": why}
        case Withheld(needs):
            return {"withheld": needs}
    try:
        return {"source": fact.source, "value": encode(fact.value)}
    except CannotRecord as error:
        return {"unknown": str(error)}


def _fact(entry: Mapping[str, Any]) -> Fact[Any] | Unknown | Withheld:
    if "unknown" in entry:
        return Unknown(str(entry["unknown"]))
    if "withheld" in entry:
        return Withheld(str(entry["withheld"]))
    try:
        return Fact(decode(entry["value"]), "simulated" if entry["source"] == "simulated" else "observed")
    except (CannotRead, KeyError) as error:
        return Unknown(f"recorded by another version: {error}")
