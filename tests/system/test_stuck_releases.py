"""The engine is killed while Helm is at work: the next `up` goes on from there, and `down` leaves nothing behind."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from binder_deploy.cli.flows.acquire import get_charts
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.errors import Stopped
from binder_deploy.cli.flows.events import Notice
from binder_deploy.cli.flows.remove import remove
from binder_deploy.ops.kubeconfig import write
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.ordinary.stage import set_stage
from binder_deploy.rehearsal.session import open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.teardown import remove_in_cluster

pytestmark = [pytest.mark.system, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "examples" / "existing.yaml"
SERVICE, CERTIFICATES, TRAEFIK = ("binder", "binder-service"), ("cert-manager", "cert-manager"), ("traefik", "traefik")
CLUSTER_WIDE = (
    "/api/v1/namespaces",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/networking.k8s.io/v1/ingressclasses",
)
Release = tuple[str, str]


@dataclass
class World:
    """A deployment into a cluster that stays, and Helm's records in it."""

    api: Api
    settings: Settings
    open: Any

    def records(self) -> dict[Release, dict[int, str]]:
        """Release → revision → status."""
        found: dict[Release, dict[int, str]] = {}
        for secret in (self.api.get("/api/v1/secrets") or {})["items"]:
            if secret.get("type") == "helm.sh/release.v1":
                labels = secret["metadata"]["labels"]
                release = (secret["metadata"]["namespace"], labels["name"])
                found.setdefault(release, {})[int(labels["version"])] = labels["status"]
        return found

    def newest(self) -> dict[Release, str]:
        return {release: revisions[max(revisions)] for release, revisions in self.records().items()}

    def everything(self) -> dict[str, frozenset[str]]:
        """From the store: the apiserver's cache comes a little later."""
        found = {path: self.api.get(path) or {} for path in CLUSTER_WIDE}
        return {path: frozenset(o["metadata"]["name"] for o in there["items"]) for path, there in found.items()}

    def killed(self, deployment: Deployment, at: Release) -> None:
        """Deploy, and kill the engine and its plugins as soon as Helm has begun with `at`."""
        ended = threading.Event()

        def kill() -> None:
            while not ended.is_set() and self.newest().get(at) != "pending-install":
                time.sleep(0.01)
            for child in psutil.Process().children(recursive=True):
                if child.name().startswith("pulumi"):
                    child.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            with pytest.raises(Stopped):
                deploy(deployment, lambda event: None)
        finally:
            ended.set()
            killer.join()

    def uninstalled(self, at: Release) -> None:
        """What a kill leaves after Helm has uninstalled a release and before the state knows."""
        engine = self.open().engine
        before = engine.exported()
        engine.destroy(
            lambda event: None, targets=[r["urn"] for r in engine.resources() if r.get("id") == "/".join(at)]
        )
        engine.replace(before)
        assert at not in self.records()

    def write(self, release: Release, status: str, *, anew: bool) -> None:
        """What Helm writes when it begins: a revision more, or another status of the newest."""
        namespace, name = release
        secrets, number = f"/api/v1/namespaces/{namespace}/secrets", max(self.records()[release])
        last = self.api.get(f"{secrets}/sh.helm.release.v1.{name}.v{number}")
        assert last
        record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(last["data"]["release"]))))
        record["version"] = number + anew
        record["info"]["status"] = status
        packed = base64.b64encode(gzip.compress(json.dumps(record).encode()))
        labels = {**last["metadata"]["labels"], "version": str(number + anew), "status": status}
        change = {"data": {"release": base64.b64encode(packed).decode()}, "metadata": {"labels": labels}}
        if anew:
            body = {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", **change}
            body["metadata"] = {"name": f"sh.helm.release.v1.{name}.v{number + 1}", "labels": labels}
            assert self.api.create(secrets, body)
        else:
            self.api.patch(f"{secrets}/{last['metadata']['name']}", change)


@pytest.fixture(scope="module")
def world(tools: Mapping[str, Path], session_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings, folder = load(EXAMPLE), tmp_path_factory.mktemp("deployment")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("BINDER_DEPLOY_CACHE", str(session_cache))
        resolved = get_charts(folder, None, lambda event: None, platform="existing", allow_stand_ins=True)
        session = stack.enter_context(open_session(tools, root=session_cache))
        stack.enter_context(applied(session.environ))
        set_stage(session, settings)

        def opened(changed: Settings | None = None) -> Deployment:
            # Each command lays it anew, and a removal takes it away.
            write(session.work / "kubeconfig", session.kubeconfig.read_text(encoding="utf-8"))
            site = Site(session.work, session.folder, session.environ)
            return open_deployment(folder, changed or settings, tools, resolved, site, Sweep, simulated=True)

        yield World(stack.enter_context(Api.of(session.kubeconfig)), settings, opened)


def notices(events: list[Any]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Notice))


@pytest.fixture
def events() -> list[Any]:
    return []


def test_a_removal_takes_what_a_kill_kept_from_the_state(world: World, events: list[Any]) -> None:
    before = world.everything()
    world.killed(world.open(), SERVICE)
    assert world.newest()[SERVICE] == "pending-install"
    remove(world.open(), events.append)
    assert "release binder/binder-service (revision 1, pending-install)" in notices(events)
    assert world.records() == {}
    assert world.everything() == before


def test_after_a_kill_in_an_install_up_goes_on(world: World, events: list[Any]) -> None:
    world.killed(world.open(), SERVICE)
    deploy(world.open(), events.append)
    assert "release binder/binder-service (revision 1, pending-install) was cut off" in notices(events)
    assert world.newest() == dict.fromkeys((SERVICE, CERTIFICATES, TRAEFIK), "deployed")
    assert set(world.open().engine.up(lambda event: None).changes) == {"same"}


def test_after_a_kill_in_an_upgrade_up_goes_on_from_the_revision_before(world: World, events: list[Any]) -> None:
    more = {"binder": world.settings.binder.model_copy(update={"max_servers": 33})}
    changed = world.open(world.settings.model_copy(update=more))
    # With the engine alone it would end here.
    world.write(SERVICE, "pending-upgrade", anew=True)
    with pytest.raises(Exception, match="another operation"):
        changed.engine.up(lambda event: None)
    before = max(world.records()[SERVICE])
    deploy(changed, events.append)
    assert f"revision {before - 1} is the last one again" in notices(events)
    assert world.records()[SERVICE][before] == "deployed"


def test_a_first_revision_that_the_state_knows_counts_as_failed_and_is_upgraded(
    world: World, events: list[Any]
) -> None:
    again = {"binder": world.settings.binder.model_copy(update={"max_servers": 34})}
    changed = world.open(world.settings.model_copy(update=again))
    for number in sorted(world.records()[SERVICE])[:-1]:
        world.api.delete(f"/api/v1/namespaces/binder/secrets/sh.helm.release.v1.binder-service.v{number}")
    world.write(SERVICE, "pending-install", anew=False)
    deploy(changed, events.append)
    assert "it counts as failed now" in notices(events)
    assert world.newest()[SERVICE] == "deployed"


def test_up_installs_anew_what_a_kill_left_removed_or_half_removed(world: World, events: list[Any]) -> None:
    world.uninstalled(SERVICE)
    world.write(TRAEFIK, "uninstalling", anew=False)
    deploy(world.open(), events.append)
    assert "release binder/binder-service is no longer installed: the state forgets it" in notices(events)
    assert "its removal was cut off; Helm's record is removed, and it is installed anew" in notices(events)
    assert world.newest() == dict.fromkeys((SERVICE, CERTIFICATES, TRAEFIK), "deployed")


def test_what_a_kill_left_half_removed_removed_or_half_upgraded_is_removed(world: World, events: list[Any]) -> None:
    world.write(SERVICE, "pending-upgrade", anew=True)
    world.write(TRAEFIK, "uninstalling", anew=False)
    world.uninstalled(CERTIFICATES)
    # With the engine alone it would end here.
    with pytest.raises(Exception, match="not found"):
        remove_in_cluster(world.open().engine, lambda event: None)
    remove(world.open(), events.append)
    assert "release cert-manager/cert-manager is no longer installed: the state forgets it" in notices(events)
    assert world.records() == {}
    assert not any({"binder-service", "traefik"} & names for names in world.everything().values())
