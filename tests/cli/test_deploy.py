"""When a call to the cloud fails in the middle of `up`: what was made all the same is taken in, and `up` goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from binder_deploy.cli.flows import deploy as flow
from binder_deploy.cli.flows import settle as settling
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Blocked, Stopped
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.stacks import cut_off
from binder_deploy.stacks.cut_off import Foreign, Settled
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.events import Diagnostic, Summary

NETWORK, RIGHT = "gcp:compute/network:Network", "gcp:projects/iAMMember:IAMMember"
Attempt = EngineError | Summary


def lost(**types: str) -> EngineError:
    """The answers to these creations (logical name → type) did not come."""
    made = [{"urn": f"urn:pulumi:demo::binder-deploy::{type}::{name}", "type": type} for name, type in types.items()]
    return EngineError("up", [Diagnostic("error", "connection reset by peer")], [m["urn"] for m in made], "", made)


class Played:
    """An engine whose runs of `up` end as they are told to."""

    def __init__(self, *attempts: Attempt) -> None:
        self.attempts, self.runs = list(attempts), 0

    def up(self, _observe: object) -> Summary:
        self.runs += 1
        ended = self.attempts.pop(0)
        if isinstance(ended, EngineError):
            raise ended
        return ended

    def exported(self) -> Mapping[str, Any]:
        return {"deployment": {}}

    def resources(self) -> Sequence[Mapping[str, Any]]:
        return ({"type": NETWORK, "custom": True, "urn": "net"},)

    def stop(self) -> None:
        raise AssertionError("nobody looks at a cluster")


Deploy = Callable[..., Summary]


@pytest.fixture
def deploys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deploy:
    """Deploys with a played engine; `found` is what the cloud has of the creations that failed, run after run."""

    def deploys(engine: Played, *found: Settled, said: list[object] | None = None) -> Summary:
        answers = list(found)
        monkeypatch.setattr(cut_off, "settle", lambda *_arguments: answers.pop(0))
        monkeypatch.setattr(flow, "recall", lambda _engine: None)
        monkeypatch.setattr(flow, "unstick", lambda _deployment, _observe: None)
        deployment = SimpleNamespace(
            engine=engine, there=None, settings=SimpleNamespace(name="demo"), simulated=False,
            kubeconfig=tmp_path / "k", site=SimpleNamespace(environ={}), sweep=lambda: Sweep(),
        )  # fmt: skip
        told = said if said is not None else []
        return flow.deploy(cast(Deployment, deployment), told.append, watched=False)

    return deploys


DONE = Summary({"create": 3}, 1.0)


def test_an_up_whose_answer_was_lost_goes_on_by_itself(deploys: Deploy) -> None:
    engine, said = Played(lost(net=NETWORK), lost(nodes=NETWORK), DONE), list[object]()
    assert deploys(engine, Settled(adopted=("net",)), Settled(adopted=("nodes",)), said=said) is DONE
    assert engine.runs == 3
    assert "made by a run that was cut off, found, and recorded now: net" in str(said[0])


def test_a_right_that_was_given_and_not_reported_is_given_a_second_time_and_no_third(deploys: Deploy) -> None:
    engine = Played(lost(net=NETWORK, right=RIGHT), DONE)
    assert deploys(engine, Settled(adopted=("net",))) is DONE
    engine = Played(lost(right=RIGHT), lost(right=RIGHT), DONE)
    with pytest.raises(Stopped):
        deploys(engine, Settled(), Settled())
    assert engine.runs == 2


@pytest.mark.parametrize("found", [Settled(), Settled(adopted=("net",)), Settled(unready=("net", "nodes"))])
def test_what_failed_and_was_not_made_ends_the_up_with_what_exists(deploys: Deploy, found: Settled) -> None:
    engine = Played(lost(net=NETWORK, nodes=NETWORK), DONE)
    with pytest.raises(Stopped, match="connection reset") as caught:
        deploys(engine, found)
    assert engine.runs == 1
    assert caught.value.advice.exists.startswith("1 resources exist")
    assert "binder-deploy up" in caught.value.advice.go_on


def test_somebody_elses_thing_of_our_name_blocks_with_what_exists_and_is_not_tried_again(deploys: Deploy) -> None:
    engine = Played(lost(net=NETWORK, right=RIGHT), DONE)
    foreign = Foreign("compute/network", "projects/p/global/networks/demo-net", "net")
    with pytest.raises(Blocked) as caught:
        deploys(engine, Settled(foreign=(foreign,)))
    assert engine.runs == 1
    (outcome,) = caught.value.outcomes
    assert outcome.check.id == settling.TAKEN
    assert "projects/p/global/networks/demo-net (wanted for net)" in str(outcome.verdict)
    assert caught.value.advice
    assert "binder-deploy down" in caught.value.advice.clean_up
