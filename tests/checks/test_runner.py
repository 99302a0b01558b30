"""The runner asks each fact once and at the same time, and never makes more of a fact than it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from binder_deploy.checks.model import (
    Check,
    Crashed,
    Facts,
    Failed,
    Key,
    Outcome,
    Passed,
    Phase,
    Probe,
    Skipped,
    Verdict,
    Warned,
    Withheld,
)
from binder_deploy.checks.reports.data import SCHEMA, report
from binder_deploy.checks.reports.words import blocking
from binder_deploy.checks.runner import run, wait, watch

A: Key[int] = Key("a")
B: Key[int] = Key("b")


def check(rule: Callable[[Facts], Verdict], *needs: Key[Any], number: int = 1, **more: Any) -> Check:
    return Check(f"BD-TEST-{number:03}", "holds", Phase.CLUSTER, needs, rule, **more)


def ok(facts: Facts) -> Verdict:
    return Passed()


def broken(facts: Facts) -> Verdict:
    return Failed("broken", "mend it")


def verdicts(outcomes: tuple[Outcome, ...]) -> list[Verdict]:
    return [outcome.verdict for outcome in outcomes]


def test_a_fact_that_two_checks_need_is_collected_once() -> None:
    calls: list[int] = []
    probe: Probe[int] = Probe(lambda: calls.append(1) or 7)  # type: ignore[func-returns-value]
    run([check(ok, A), check(ok, A, number=2)], {A: probe})
    assert calls == [1]


def test_facts_that_nobody_needs_are_not_asked() -> None:
    calls: list[int] = []
    run([check(ok, A)], {A: Probe(lambda: 1), B: Probe(lambda: calls.append(1) or 1)})  # type: ignore[func-returns-value]
    assert calls == []


def test_probes_run_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=5)
    outcomes = run([check(ok, A, B)], {A: Probe(together.wait), B: Probe(together.wait)})
    assert verdicts(outcomes) == [Passed()]


def test_a_check_is_told_before_slower_facts_arrive() -> None:
    told = threading.Event()
    probes: dict[Key[Any], Probe[Any]] = {A: Probe(lambda: 1), B: Probe(lambda: told.wait(5))}
    quick, slow = check(ok, A), check(lambda facts: Passed() if facts[B] else broken(facts), B, number=2)
    outcomes = run([slow, quick], probes, observe=lambda outcome: told.set())
    assert verdicts(outcomes) == [Passed(), Passed()]
    assert [o.check for o in outcomes] == [slow, quick], "the result keeps the catalogue's order"


def test_a_probe_that_hangs_is_unknown_after_its_timeout() -> None:
    release = threading.Event()
    start = time.monotonic()
    probes: dict[Key[Any], Probe[Any]] = {A: Probe(release.wait, timeout_s=0.05), B: Probe(lambda: 1)}
    outcomes = run([check(ok, A), check(ok, B, number=2)], probes)
    release.set()
    assert time.monotonic() - start < 2
    late, quick = verdicts(outcomes)
    assert isinstance(late, Skipped)
    assert (late.reason, late.detail) == ("unknown", "no answer within 0.05 s")
    assert quick == Passed()


def test_a_probe_that_raises_skips_its_checks_and_says_why() -> None:
    def refuse() -> int:
        raise PermissionError("403 for /api/v1/secrets\nsecond line")

    (verdict,) = verdicts(run([check(ok, A)], {A: Probe(refuse)}))
    assert verdict == Skipped("unknown", "could not be asked: a", "PermissionError: 403 for /api/v1/secrets")


def test_a_fact_without_a_probe_skips_its_checks() -> None:
    (verdict,) = verdicts(run([check(ok, A)], {}))
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "unknown"


def test_a_rule_that_raises_is_a_crash_that_blocks() -> None:
    def bug(facts: Facts) -> Verdict:
        raise ZeroDivisionError("oops")

    outcomes = run([check(bug)], {})
    (verdict,) = verdicts(outcomes)
    assert isinstance(verdict, Crashed)
    assert verdict.message == "ZeroDivisionError: oops"
    assert "bug" in verdict.detail
    assert blocking(outcomes) == outcomes


def test_a_rule_may_read_only_what_its_check_declared() -> None:
    probes: dict[Key[Any], Probe[Any]] = {A: Probe(lambda: 1), B: Probe(lambda: 1)}
    (verdict,) = verdicts(run([check(lambda facts: Passed(str(facts[B])), A)], probes))
    assert isinstance(verdict, Crashed)


def test_a_pass_on_something_played_shows_nothing() -> None:
    probes: dict[Key[Any], Probe[Any]] = {A: Probe(lambda: 1, "simulated"), B: Probe(lambda: 1)}
    outcomes = run([check(ok, A, B), check(broken, A, number=2), check(ok, B, number=3)], probes)
    first, second, third = verdicts(outcomes)
    assert isinstance(first, Skipped)
    assert (first.reason, first.detail) == ("simulated", "a")
    assert isinstance(second, Failed), "what is played does not fail by itself"
    assert third == Passed()


def test_an_ignored_failure_is_shown_and_blocks_nothing() -> None:
    outcomes = run([check(broken)], {}, ignore=["BD-TEST-001"])
    assert verdicts(outcomes) == [Warned("broken", "mend it", ignored=True)]
    assert blocking(outcomes) == ()


def test_a_check_that_does_not_block_fails_without_blocking() -> None:
    outcomes = run([check(broken, blocks=False), check(broken, number=2)], {})
    assert [o.check.id for o in blocking(outcomes)] == ["BD-TEST-002"]


def test_waiting_asks_failures_again_until_they_pass() -> None:
    counts = iter([0, 0, 3])
    seen: list[Outcome] = []
    rule = check(lambda facts: Passed() if facts[A] == 3 else Failed("not yet", "wait"), A)
    passed: list[int] = []
    once = check(lambda facts: passed.append(1) or Passed(), number=2)  # type: ignore[func-returns-value]
    outcomes = wait([rule, once], {A: Probe(lambda: next(counts))}, timeout_s=5, every_s=0.001, observe=seen.append)
    assert verdicts(outcomes) == [Passed(), Passed()]
    assert passed == [1], "what has passed is not asked again"
    assert [type(o.verdict) for o in seen if o.check is rule] == [Failed, Passed]


def test_waiting_asks_again_what_could_not_be_asked() -> None:
    def starting(left: list[int] = [1]) -> int:  # noqa: B006
        if left:
            left.pop()
            raise ConnectionError("starting")
        return 1

    outcomes = wait([check(ok, A)], {A: Probe(starting)}, timeout_s=5, every_s=0.001)
    assert verdicts(outcomes) == [Passed()]


def test_waiting_does_not_wait_for_what_nobody_can_ask() -> None:
    start = time.monotonic()
    wait([check(ok, A)], {}, timeout_s=60, every_s=0.01)
    assert time.monotonic() - start < 2


def test_waiting_ends_at_its_deadline() -> None:
    start = time.monotonic()
    outcomes = wait([check(broken)], {}, timeout_s=0.03, every_s=0.01)
    assert time.monotonic() - start < 2
    assert isinstance(outcomes[0].verdict, Failed)


def test_waiting_ends_at_a_failure_that_it_cannot_mend_seen_twice() -> None:
    asked: list[int] = []
    rule = check(lambda facts: asked.append(1) or broken(facts), stops_waiting=True)  # type: ignore[func-returns-value]
    wait([rule], {}, timeout_s=60, every_s=0.001)
    assert len(asked) == 2


def test_a_watch_gives_the_failures_that_no_waiting_mends() -> None:
    counts = iter(range(100))

    def rule(facts: Facts) -> Verdict:
        return Passed() if facts[A] == 0 else Failed("changes" if facts[A] == 1 else "stays", "mend it")

    hopeless = watch(
        [check(rule, A, stops_waiting=True), check(broken, number=2)],
        {A: Probe(lambda: next(counts))},
        done=threading.Event(),
        every_s=0.001,
    )
    assert verdicts(hopeless) == [Failed("stays", "mend it")]
    assert next(counts) == 4, "failed at 1 for another reason, at 2 and 3 for the same"


def test_what_was_broken_before_has_time_to_be_replaced() -> None:
    """A pod of the release before stays until its successor runs; the successor's own failure ends the wait."""
    looks: list[int] = []

    def rule(facts: Facts) -> Verdict:
        looks.append(1)
        return Failed("the old pod" if len(looks) < 6 else "the new pod", "mend it")

    old = check(rule, stops_waiting=True)
    assert verdicts(watch([old], {}, done=threading.Event(), every_s=0.001)) == [Failed("the new pod", "mend it")]
    assert len(looks) == 7
    assert verdicts(watch([check(broken, stops_waiting=True)], {}, done=threading.Event(), every_s=0.001, patience_s=0))


def test_a_watch_ends_with_what_it_watches() -> None:
    done = threading.Event()
    done.set()
    assert watch([check(broken, stops_waiting=True)], {}, done=done) == ()


def test_the_report_counts_and_keeps_every_outcome() -> None:
    data = report(run([check(ok), check(broken, number=2)], {}))
    assert data["schema"] == SCHEMA
    assert data["blocked"] is True
    assert data["summary"] == {"passed": 1, "failed": 1}
    second = data["outcomes"][1]
    assert {key: second[key] for key in ("id", "verdict", "message", "remedy", "phase")} == {
        "id": "BD-TEST-002",
        "verdict": "failed",
        "message": "broken",
        "remedy": "mend it",
        "phase": "cluster",
    }


def test_what_a_rehearsal_cannot_ask_is_skipped_and_says_what_it_needs() -> None:
    withheld = run([check(ok, A)], {A: Withheld("an account")})[0].verdict
    assert isinstance(withheld, Skipped)
    assert (withheld.reason, withheld.message) == ("simulated", "needs an account, which a rehearsal has not")
