"""Which Binder a canary goes to, and what it leaves in a record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue.launch import CHECKS
from binder_deploy.checks.codec import decode, encode
from binder_deploy.checks.facts.launch import CANARY, Canary
from binder_deploy.checks.given import Given
from binder_deploy.checks.launch.model import Cell, Failure, Proof, Stage
from binder_deploy.checks.launch.place import binder_url, trusted
from binder_deploy.checks.model import Failed, Passed, Probe, Skipped, Warned, Withheld
from binder_deploy.checks.probes.launch import probes
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.runner import run
from binder_deploy.cli.flows.selection import Selection, selected
from binder_deploy.settings.model import Settings

WELL = Proof((Stage("launch", 3.0), Stage("cell", 1.0)), ready=True, cell=Cell("python", "print(6 * 7)", "42"))


def test_the_binder_of_a_deployment_is_found_by_its_settings(settings: Callable[..., Settings]) -> None:
    assert binder_url(settings(), None) == "https://binder.example.org/"
    assert CANARY in probes(Given(settings=settings(), folder=Path()))


def test_a_certificate_for_trials_is_not_verified(settings: Callable[..., Settings]) -> None:
    assert trusted(settings())
    assert not trusted(settings(tls={"server": "staging"}))


def test_a_rehearsal_has_no_pod_to_launch(settings: Callable[..., Settings]) -> None:
    found = probes_for(Given(settings=settings(), folder=Path(), simulated=True))
    assert found[CANARY] == Withheld("a running pod")
    assert {type(o.verdict) for o in run(CHECKS, found)} == {Skipped}


def test_a_canary_is_asked_only_when_it_is_wanted() -> None:
    ids = {check.id for check in CHECKS}
    assert not ids & {check.id for check in selected(Selection())}
    assert {check.id for check in selected(Selection(phases=("canary",)))} >= ids


def test_what_a_canary_found_can_be_recorded() -> None:
    failure = Failure("push", "denied", "log in", ("a", "b"))
    canary = Canary("o/r", Proof((Stage("push", 1.5),), ("a", "b"), failure=failure), None)
    assert decode(encode(canary)) == canary


@pytest.mark.parametrize(
    ("again", "check", "verdict", "says"),
    [
        (Proof((), failure=Failure("launch", "no room", "wait")), "BD-CAN-001", Failed, "its second launch"),
        (Proof((), ready=True), "BD-CAN-002", Passed, "gave 42"),
        (Proof((Stage("launch", 90.0),), ready=True), "BD-CAN-005", Failed, "the second launch took 90 s"),
    ],
)
def test_the_second_launch_counts_too(again: Proof, check: str, verdict: type[Any], says: str) -> None:
    asked = [c for c in CHECKS if c.id == check]
    (outcome,) = run(asked, {CANARY: Probe(lambda: Canary("o/r", WELL, again))})
    assert isinstance(outcome.verdict, verdict)
    assert says in outcome.verdict.message


def test_a_server_without_a_known_kernel_is_a_warning() -> None:
    asked = [c for c in CHECKS if c.id == "BD-CAN-002"]
    (outcome,) = run(asked, {CANARY: Probe(lambda: Canary("o/r", Proof((), ready=True), None))})
    assert isinstance(outcome.verdict, Warned)
