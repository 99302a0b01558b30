"""A deployment on Amazon, from nothing to removed in a simulated account; and what a wrong order leaves there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.charts.resolve import resolve
from binder_deploy.cli.exits import LEFTOVERS, exit_code
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.errors import LeftoversFound
from binder_deploy.cli.flows.events import PhaseEnded
from binder_deploy.cli.flows.remove import remove
from binder_deploy.rehearsal.clouds.aws.catalogue import aws
from binder_deploy.rehearsal.clouds.operations import Operations
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.platforms import SURROUNDINGS
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load
from binder_deploy.stacks.engine import Site

pytestmark = [pytest.mark.system, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "examples" / "eks.yaml"
LEFT_BEHIND = {"volume", "load balancer", "target group", "security group", "network interface"}
"""What controllers in the cluster made, and nobody removes once it is gone."""


def test_the_example_goes_from_nothing_to_removed(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "deployment").mkdir()
    (tmp_path / "deployment" / "binder.yaml").write_bytes(EXAMPLE.read_bytes())
    ended = run("rehearse", "--json")
    assert ended.code == 0, ended.err
    phases = {phase["name"]: phase for phase in ended.json["phases"]}
    assert all(phase["result"] == "done" for phase in phases.values())
    assert phases["again"]["note"] == "nothing to change"
    assert phases["leftovers"]["note"] == "nothing is left"
    assert not ended.json["checks"]["blocked"]
    assert "a simulated controller failed" not in ended.err


@pytest.fixture
def deployed(tools: Mapping[str, Path], cache: Path, tmp_path: Path) -> Iterator[tuple[Session, Deployment]]:
    """The example, deployed into a simulated account."""
    settings, surroundings = load(EXAMPLE), SURROUNDINGS["eks"]
    resolved = resolve(lock_file=None, folder=None, cache=tmp_path / "charts", allow_stand_ins=True)
    with ExitStack() as stack:
        session = stack.enter_context(open_session(tools, project=surroundings.project(settings)))
        stack.enter_context(applied(session.environ))
        surroundings.set_stage(session, settings)
        deployment = open_deployment(
            tmp_path,
            settings,
            tools,
            resolved,
            Site(session.work, session.folder, session.environ),
            lambda: Sweep(found=tuple(surroundings.leftovers(session.cloud.read()))),
            simulated=True,
        )
        deploy(deployment, lambda event: None)
        yield session, deployment


def delete_cluster_by_hand(session: Session) -> None:
    """What `aws eks delete-nodegroup` and `delete-cluster` do, and nothing else."""
    account = aws(lambda: session.control_plane)
    operations = Operations(account, session.cloud)
    for kind in ("aws:eks/nodeGroup:NodeGroup", "aws:eks/cluster:Cluster"):
        for record in session.cloud.read().of_type(account.kinds[kind].type):
            operations.delete(account.kinds[kind], record.id)


def test_down_after_the_cluster_was_deleted_by_hand_lists_what_is_left(deployed: tuple[Session, Deployment]) -> None:
    session, deployment = deployed
    phases: dict[str, PhaseEnded] = {}
    delete_cluster_by_hand(session)
    with pytest.raises(LeftoversFound) as caught:
        remove(deployment, lambda event: phases.update({event.name: event}) if isinstance(event, PhaseEnded) else None)
    assert exit_code(caught.value) == LEFTOVERS
    assert {item.kind for item in caught.value.sweep.found} == LEFT_BEHIND
    assert all(item.name and item.reason for item in caught.value.sweep.found)
    assert any("aws ec2 delete-volume --volume-id vol-" in item.command for item in caught.value.sweep.found)
    assert "gone already" in phases["look"].note
    # The load balancer holds its address and subnet, and with them the network: all that could go is gone.
    left = {r.type for r in session.cloud.read().records.values() if r.owner == "engine"}
    assert {"ec2/eip", "ec2/subnet", "ec2/vpc"} <= left and not any(t.startswith("eks/") for t in left)


def test_down_in_order_is_accepted_at_every_step_and_leaves_nothing(deployed: tuple[Session, Deployment]) -> None:
    session, deployment = deployed
    made = {r.type for r in session.cloud.read().records.values() if r.owner == "controller"}
    assert {"ebs/volume", "lb/loadBalancer", "ec2/networkInterface"} <= made
    remove(deployment, lambda event: None)
    cloud = session.cloud.read()
    assert SURROUNDINGS["eks"].leftovers(cloud) == []
    assert [call for call in cloud.calls if call.method == "delete" and call.result != "ok"] == []
    assert session.failures() == []
