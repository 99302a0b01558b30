"""A run of all checks takes as long as its slowest probe, not as long as all of them together."""

from __future__ import annotations

import threading
import time
from typing import Any

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Check, Key, Passed, Phase, Probe, Skipped
from binder_deploy.checks.record import record
from binder_deploy.checks.runner import run

SLOWEST_S = 0.8
MARGIN_S = 2.0


def test_the_whole_catalogue_takes_its_slowest_probe_and_two_seconds_at_most() -> None:
    keys = sorted({key for check in CATALOGUE for key in check.needs}, key=lambda key: key.name)
    probes: dict[Key[Any], Probe[Any]] = {
        key: Probe(lambda number=number: time.sleep(SLOWEST_S * (number + 1) / len(keys)))  # type: ignore[misc]
        for number, key in enumerate(keys)
    }
    start = time.monotonic()
    outcomes = run(CATALOGUE, probes)
    took = time.monotonic() - start
    assert len(outcomes) == len(CATALOGUE)
    assert sum(SLOWEST_S * (n + 1) / len(keys) for n in range(len(keys))) > SLOWEST_S + MARGIN_S, "one by one is longer"
    assert SLOWEST_S <= took < SLOWEST_S + MARGIN_S


def test_hundreds_of_slow_and_hanging_probes_do_not_wait_for_each_other() -> None:
    release = threading.Event()
    keys: list[Key[Any]] = [Key(f"fact {number}") for number in range(300)]
    hang, slow = keys[:100], keys[100:]
    probes: dict[Key[Any], Probe[Any]] = {key: Probe(release.wait, timeout_s=SLOWEST_S) for key in hang}
    probes |= {key: Probe(lambda: time.sleep(SLOWEST_S / 2)) for key in slow}
    checks = [
        Check(f"BD-TEST-{number:03}", "holds", Phase.CLUSTER, (key, keys[-1]), lambda facts: Passed())
        for number, key in enumerate(keys)
    ]
    start = time.monotonic()
    outcomes = run(checks, probes)
    took = time.monotonic() - start
    release.set()
    assert sum(isinstance(o.verdict, Skipped) for o in outcomes) == len(hang)
    assert sum(isinstance(o.verdict, Passed) for o in outcomes) == len(slow)
    assert took < SLOWEST_S + MARGIN_S


def test_recording_waits_no_longer_than_asking() -> None:
    keys: list[Key[Any]] = [Key(f"fact {number}") for number in range(50)]
    checks = [Check("BD-TEST-001", "holds", Phase.CLUSTER, tuple(keys), lambda facts: Passed())]
    start = time.monotonic()
    known = record(checks, {key: Probe(lambda: time.sleep(0.2)) for key in keys})
    assert len(known) == len(keys)
    assert time.monotonic() - start < 0.2 + MARGIN_S
