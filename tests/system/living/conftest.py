"""A deployment that lives: one control plane, one cloud and one state for every module of this folder.

Starting a control plane takes five to seven seconds of CPU, deploying the example into it several times as long. The
modules of this folder run one after another in one process (`pytest_xdist_make_scheduler` in `tests/conftest.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.charts.resolve import Resolved, resolve
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
from binder_deploy.rehearsal.controllers.api import Api, ApiError
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load
from binder_deploy.stacks.engine import Site

GKE = Path(__file__).parents[3] / "examples" / "gke.yaml"


@dataclass(frozen=True)
class Living:
    """The example, deployed into a simulated cloud, and what it lives in."""

    session: Session
    deployment: Deployment
    resolved: Resolved

    def whole(self) -> frozenset[str]:
        """What there is, in the cloud and in the cluster; empty once the cluster is gone.

        Without what comes and goes by itself, and without Helm's notes of its revisions.
        """
        if not self.session.control_plane.running():
            return frozenset()
        made = {r.key for r in self.session.cloud.read().records.values() if r.owner == "engine"}
        with Api.of(self.session.kubeconfig) as api:
            for path in _collections(api):
                names = (o["metadata"] for o in _listed(api, path))
                made |= {f"{path} {m.get('namespace', '')}/{m['name']}" for m in names}
        return frozenset(name for name in made if "/sh.helm.release.v1." not in name)


FLEETING = {
    "bindings", "componentstatuses", "controllerrevisions", "csinodes", "endpoints", "endpointslices", "events",
    "leases", "nodes", "pods", "podmetrics", "replicasets",
}  # fmt: skip


def _collections(api: Api) -> Iterator[str]:
    groups = (api.get("/apis") or {"groups": ()})["groups"]
    for root in ("/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)):
        for kind in (api.get(root) or {"resources": ()})["resources"]:
            if "list" in kind["verbs"] and kind["name"] not in FLEETING:
                yield f"{root}/{kind['name']}"


def _listed(api: Api, path: str) -> list[Any]:
    """A collection that has just come with a chart can be asked a moment later."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return list((api.get(path) or {"items": ()})["items"])
        except ApiError as error:
            if error.status != 429 or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


HandOut = Callable[[], Living]


@pytest.fixture(scope="session")
def hand_out(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandOut]:
    """Gives the living example: the one that was given before, if what there was then is there and nothing else;
    otherwise that one is ended, and another one deployed."""
    given: list[tuple[Living, frozenset[str]]] = []
    with ExitStack() as stack:

        def give() -> Living:
            if not given or given[-1][0].whole() != given[-1][1]:
                stack.close()
                living = _deployed(stack, tools, tmp_path_factory.mktemp("living"))
                given.append((living, living.whole()))
            return given[-1][0]

        yield give


def _deployed(stack: ExitStack, tools: Mapping[str, Path], folder: Path) -> Living:
    settings = load(GKE)
    resolved = resolve(lock_file=None, folder=None, cache=folder / "charts", allow_stand_ins=True)
    session = stack.enter_context(open_session(tools, root=folder / "cache"))
    with applied(session.environ):
        set_stage(session.cloud, settings)
        session.start_controllers()
        deployment = open_deployment(
            folder,
            settings,
            tools,
            resolved,
            Site(session.work, session.folder, session.environ),
            lambda: Sweep(found=tuple(leftovers(session.cloud.read()))),
            simulated=True,
        )
        deploy(deployment, lambda event: None)
    return Living(session, deployment, resolved)


@pytest.fixture(scope="module")
def living(hand_out: HandOut, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """The example, deployed; its folder is the module's own. Who uses it leaves it as it was, or removes it."""
    found, folder = hand_out(), tmp_path_factory.mktemp("deployment")
    (folder / "binder.yaml").write_bytes(GKE.read_bytes())
    with applied(found.session.environ):
        yield replace(found, deployment=replace(found.deployment, folder=folder))
