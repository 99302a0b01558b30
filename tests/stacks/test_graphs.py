"""Each example's resources as a page that people can read: what is part of what, and what must be there before it.

`GOLDEN=write pytest tests/stacks/test_graphs.py` writes the pages anew, for review.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.settings.existing import Existing
from binder_deploy.settings.load import load
from binder_deploy.settings.references import references
from binder_deploy.settings.surroundings import Surroundings, settled
from binder_deploy.stacks.existing import There

pytestmark = pytest.mark.system

RELEASE, SERVICE = "kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:Service"
ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted(file.stem for file in (ROOT / "examples").glob("*.yaml"))
BARE = Surroundings(cluster="uid-1", ingress_class=None, cert_manager=False, storage_class="standard")


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def made(example: str, program_run: Any) -> Any:
    """The run of an example's program, with outputs known."""
    settings = load(ROOT / "examples" / f"{example}.yaml")
    there = There(BARE, "kubeconfig") if isinstance(settings.platform, Existing) else None
    secrets = {reference.key: "a-secret" for reference in references(settings)}
    return program_run(False, secrets, None, settled(settings, BARE) if there else settings, there)


def page(made: Any) -> str:
    """A tree by parents. Behind `<-` what must be there before: the nearest only."""
    by_urn = {resource.urn: resource for resource in made.resources}
    children = defaultdict(list)
    for resource in made.resources:
        children[resource.parent if resource.parent in by_urn else ""].append(resource)
    lines: list[str] = []

    def tell(parent: str, depth: int) -> None:
        for resource in sorted(children[parent], key=lambda r: (r.type, r.name)):
            waits = names({urn for urn in nearest(resource) if urn in by_urn and by_urn[urn].custom})
            after = f"  <- {', '.join(waits)}" if waits else ""
            kept = "  (protected)" if resource.protect else ""
            lines.append(f"{'  ' * depth}{resource.type.removeprefix('binder-deploy:')}  {resource.name}{kept}{after}")
            tell(resource.urn, depth + 1)

    def nearest(resource: Any) -> set[str]:
        direct = set(resource.dependencies) - {resource.urn}
        further = {urn for on in direct for urn in made.needs(by_urn[on])} if direct <= set(by_urn) else set()
        return direct - further

    def names(urns: set[str]) -> list[str]:
        """A component's name stands for all of its parts."""
        told = set()
        for urn in urns:
            parts = {child.urn for child in children[by_urn[urn].parent] if child.custom}
            whole = len(parts) > 1 and parts <= urns and by_urn[by_urn[urn].parent].parent
            told.add(f"all of {by_urn[by_urn[urn].parent].name}" if whole else by_urn[urn].name)
        return sorted(told)

    tell("", 0)
    return "\n".join(lines) + "\n"


def test_the_graph_is_the_one_that_was_reviewed(example: str, made: Any) -> None:
    file = GOLDEN / f"{example}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(page(made), encoding="utf-8")
    assert page(made) == file.read_text(encoding="utf-8"), "if this is wanted: GOLDEN=write, then review the difference"


def test_nodes_and_rights_are_there_until_everything_inside_is_gone(example: str, made: Any) -> None:
    """Destroying goes backwards: what a thing needs outlives it. Disks and load balancers need living controllers."""
    pools = {r.urn for r in made.resources if r.type.endswith((":NodePool", ":NodeGroup")) and "core" in r.name}
    rights = {r.urn for r in made.resources if r.type.endswith((":AccessEntry", ":AccessPolicyAssociation"))}
    for resource in made.resources:
        if resource.type in (RELEASE, SERVICE):
            needed = made.needs(resource)
            assert rights <= needed, f"{resource.name} would lose its rights before it is removed"
            assert pools <= needed, f"{resource.name} would lose its nodes before it is removed"


def test_the_way_out_stays_until_the_nodes_are_gone(example: str, made: Any) -> None:
    ways = {r.urn for r in made.resources if r.type.endswith((":RouterNat", ":NatGateway", "/route:Route"))}
    for pool in (r for r in made.resources if r.type.endswith((":NodePool", ":NodeGroup"))):
        assert ways <= made.needs(pool), f"{pool.name}: {ways - made.needs(pool)}"


def test_the_balancer_s_controller_outlives_the_balancer(example: str, made: Any) -> None:
    controllers = {r.urn for r in made.resources if r.type == RELEASE and "load-balancer" in r.name}
    services = [r for r in made.resources if r.type == SERVICE]
    assert services or example == "existing"
    for service in services:
        assert controllers <= made.needs(service)
