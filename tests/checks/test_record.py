"""Recorded facts give the same verdicts elsewhere: sources, reasons and what a rehearsal cannot ask are kept."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.codec import CannotRead
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Fact, Key, Outcome, Passed, Phase, Probe, Skipped, Unknown, Withheld
from binder_deploy.checks.record import SCHEMA, from_json, record, replay, to_json
from binder_deploy.checks.runner import Probes, run

World = dict[Key[Any], Any]


def kept(recorded: Any) -> Any:
    return from_json(json.loads(json.dumps(to_json(recorded))), CATALOGUE)


def told(outcomes: tuple[Outcome, ...]) -> list[tuple[str, object]]:
    return [(o.check.id, o.verdict) for o in outcomes]


def probes_of(world: World) -> dict[Key[Any], Probe[Any] | Withheld | Unknown]:
    return {key: Probe(functools.partial(world.__getitem__, key)) for key in world}


def refused() -> Any:
    raise PermissionError("403 for /api/v1/pods: forbidden")


def test_a_healthy_deployment_is_judged_the_same(world: Callable[..., World]) -> None:
    probes = probes_of(world())
    live = run(CATALOGUE, probes)
    assert sum(isinstance(o.verdict, Passed) for o in live) > 10
    assert told(run(CATALOGUE, replay(kept(record(CATALOGUE, probes))))) == told(live)


def test_so_is_one_that_is_broken_played_and_half_unknown(world: Callable[..., World]) -> None:
    broken = world() | {f.STORAGE_CLASSES: (), f.ADDRESS: "192.0.2.8"}
    probes = probes_of(broken)
    probes[f.PODS] = Probe(refused)
    probes[f.TOOLS] = Withheld("a machine")
    probes[f.CERTIFICATES] = Probe(lambda: broken[f.CERTIFICATES], "simulated")
    del probes[f.NODES]
    live = run(CATALOGUE, probes)
    assert {type(o.verdict).__name__ for o in live} >= {"Passed", "Failed", "Skipped"}
    assert told(run(CATALOGUE, replay(kept(record(CATALOGUE, probes))))) == told(live)


def test_sources_and_reasons_are_kept() -> None:
    probes: Probes = {
        f.ADDRESS: Probe(lambda: "192.0.2.7", "simulated"),
        f.PODS: Probe(refused),
        f.TOOLS: Withheld("a machine"),
    }
    known = kept(record(CATALOGUE, probes))
    assert known == {
        f.ADDRESS: Fact("192.0.2.7", "simulated"),
        f.PODS: Unknown("PermissionError: 403 for /api/v1/pods: forbidden"),
        f.TOOLS: Withheld("a machine"),
    }


def test_a_fact_that_cannot_be_written_is_unknown_and_says_why() -> None:
    odd: Key[Any] = Key("odd")
    check = Check("BD-TEST-001", "holds", Phase.CLUSTER, (odd,), lambda facts: Passed())
    data = to_json(record([check], {odd: Probe(object)}))
    (outcome,) = run([check], replay(from_json(data, [check])))
    assert isinstance(outcome.verdict, Skipped)
    assert "cannot be recorded" in outcome.verdict.detail


def test_a_fact_of_another_version_is_unknown_and_the_others_are_read() -> None:
    data = to_json({f.ADDRESS: Fact("192.0.2.7"), f.LEFTOVERS: Fact(0)})
    data["facts"]["leftovers"]["value"] = {"$data": "binder_deploy.settings.leftovers:Sweep", "lost": []}
    data["facts"]["a fact of tomorrow"] = {"source": "observed", "value": 1}
    known = from_json(data, CATALOGUE)
    assert known[f.ADDRESS] == Fact("192.0.2.7")
    assert isinstance(known[f.LEFTOVERS], Unknown)
    assert "another version" in known[f.LEFTOVERS].why


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(CannotRead, match=SCHEMA):
        from_json({"schema": "binder-deploy/facts/v9", "facts": {}}, CATALOGUE)
