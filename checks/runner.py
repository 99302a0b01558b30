"""Runs checks: facts first, then each rule as soon as what it needs is there. Prints nothing.

A verdict is only as good as its facts: an unknown one gives `Skipped(unknown)`; a rule that holds on a fact
that a rehearsal played gives `Skipped(simulated)`, since nothing was shown. A failure on a played fact
stays a failure: what is played does not fail by itself.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from binder_deploy.checks.collect import Collected, collect
from binder_deploy.checks.facts.deployment import SETTINGS
from binder_deploy.checks.model import (
    Check,
    Crashed,
    Fact,
    Facts,
    Failed,
    Key,
    Outcome,
    Passed,
    Probe,
    Skipped,
    Unknown,
    Verdict,
    Warned,
    Withheld,
)

Probes: TypeAlias = Mapping[Key[Any], Probe[Any] | Withheld | Unknown]
"""`Unknown`: asked before, by whoever recorded the facts."""
Observer: TypeAlias = Callable[[Outcome], None]


def run(
    checks: Sequence[Check], probes: Probes, *, ignore: Collection[str] = (), observe: Observer | None = None
) -> tuple[Outcome, ...]:
    """Ask every check once; outcomes in the order of `checks`.

    `observe` gets each outcome when it is there, in the caller's thread. `ignore`: ids whose failure becomes a
    warning that is still shown.
    """
    outcomes: dict[str, Outcome] = {}
    for outcome in _outcomes(checks, probes, ignore):
        outcomes[outcome.check.id] = outcome
        if observe:
            observe(outcome)
    return tuple(outcomes[check.id] for check in checks)


def wait(
    checks: Sequence[Check],
    probes: Probes,
    *,
    timeout_s: float,
    every_s: float = 2.0,
    ignore: Collection[str] = (),
    observe: Observer | None = None,
) -> tuple[Outcome, ...]:
    """Ask until nothing fails, until waiting cannot mend it (`Check.stops_waiting`), or for `timeout_s` seconds.

    Only checks that failed, or whose facts were unknown, are asked again; `observe` sees every outcome that
    differs from the one before.
    """
    deadline = time.monotonic() + timeout_s
    last: dict[str, Outcome] = {}
    again: Sequence[Check] = checks
    while True:
        hopeless = False
        for outcome in run(again, probes, ignore=ignore):
            before = last.get(outcome.check.id)
            hopeless = hopeless or _seen_twice(before, outcome)
            last[outcome.check.id] = outcome
            if observe and (before is None or before.verdict != outcome.verdict):
                observe(outcome)
        again = [check for check in checks if _may_change(last[check.id], probes)]
        if not again or hopeless or time.monotonic() + every_s > deadline:
            return tuple(last[check.id] for check in checks)
        time.sleep(every_s)


def watch(
    checks: Sequence[Check],
    probes: Probes,
    *,
    done: threading.Event,
    every_s: float = 5.0,
    patience_s: float = 90.0,
    ignore: Collection[str] = (),
) -> tuple[Outcome, ...]:
    """While something else waits (`up`, for the cluster): the failures that no waiting mends.

    Asks the checks with `stops_waiting` over and over, and returns those that failed twice in a row for the same
    reason; or nothing, once `done` is set. What failed before it began may be just what is being replaced: as long as
    its reason stays the same, it has `patience_s` to go.
    """
    watched = [check for check in checks if check.stops_waiting]
    last = first = {o.check.id: o for o in run(watched, probes, ignore=ignore)}
    began = time.monotonic()
    while not done.wait(every_s):
        outcomes = run(watched, probes, ignore=ignore)
        patient = time.monotonic() - began < patience_s
        hopeless = tuple(
            o
            for o in outcomes
            if _seen_twice(last.get(o.check.id), o) and not (patient and first[o.check.id].verdict == o.verdict)
        )
        if hopeless:
            return hopeless
        last = {o.check.id: o for o in outcomes}
    return ()


def _outcomes(checks: Sequence[Check], probes: Probes, ignore: Collection[str]) -> Iterator[Outcome]:
    # Every rule may ask where the deployment is.
    needed = {key for check in checks for key in check.needs} | ({SETTINGS} & probes.keys())
    asked = {key: probe for key, probe in probes.items() if key in needed and isinstance(probe, Probe)}
    known = {key: Collected(key, _unasked(key, probes), 0.0) for key in needed if key not in asked}
    pending = list(checks)

    def ready() -> Iterator[Outcome]:
        for check in [c for c in pending if all(key in known for key in (*c.needs, *(needed & {SETTINGS})))]:
            pending.remove(check)
            place = () if SETTINGS in check.needs else _place(known)
            yield judge(check, [*(known[key] for key in check.needs), *place], ignore)

    yield from ready()
    for found in collect(asked):
        known[found.key] = found
        yield from ready()


def _place(known: Mapping[Key[Any], Collected]) -> Iterator[Collected]:
    """The settings, if they are known."""
    if SETTINGS in known and isinstance(known[SETTINGS].fact, Fact):
        yield known[SETTINGS]


def _unasked(key: Key[Any], probes: Probes) -> Unknown | Withheld:
    given = probes.get(key)
    return given if isinstance(given, Withheld | Unknown) else Unknown(f"{key.name}: nothing was given to ask")


def judge(check: Check, collected: Sequence[Collected], ignore: Collection[str]) -> Outcome:
    """The verdict of one check on what was collected for it. `ignore`: as for `run`."""
    start = time.monotonic()
    verdict = _verdict(check, collected)
    if isinstance(verdict, Failed) and check.id in ignore:
        verdict = Warned(verdict.message, verdict.remedy, verdict.detail, ignored=True)
    asked = max((found.elapsed for found in collected), default=0.0)
    return Outcome(check, verdict, asked + time.monotonic() - start)


def _verdict(check: Check, collected: Sequence[Collected]) -> Verdict:
    values = {}
    played = []
    for found in collected:
        if isinstance(found.fact, Withheld):
            return Skipped("simulated", f"needs {found.fact.needs}, which a rehearsal has not", found.key.name)
        if isinstance(found.fact, Unknown):
            return Skipped("unknown", f"could not be asked: {found.key.name}", found.fact.why)
        values[found.key] = found.fact.value
        if found.fact.source == "simulated":
            played.append(found.key.name)
    try:
        verdict = check.rule(Facts(values))
    except Exception as error:
        return Crashed(f"{type(error).__name__}: {error}", traceback.format_exc())
    if played and isinstance(verdict, Passed):
        return Skipped("simulated", "played in a rehearsal, so nothing was shown", ", ".join(played))
    return verdict


def _may_change(outcome: Outcome, probes: Probes) -> bool:
    """Whether asking again may bring another verdict: what there is no probe for stays unknown."""
    verdict = outcome.verdict
    unknown = isinstance(verdict, Skipped) and verdict.reason == "unknown"
    return isinstance(verdict, Failed) or (
        unknown and all(isinstance(probes.get(key), Probe) for key in outcome.check.needs)
    )


def _seen_twice(before: Outcome | None, now: Outcome) -> bool:
    return (
        before is not None
        and now.check.stops_waiting
        and isinstance(now.verdict, Failed)
        and before.verdict == now.verdict
    )
