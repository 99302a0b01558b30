"""Upgrades on the real engine and a real control plane: there, back by itself, back by hand, and nothing left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import AppsV1Api
from ruamel.yaml import YAML

from binder_deploy.charts import archive
from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import lock as locks
from binder_deploy.cli.flows import rollback, upgrade, upgrade_mark
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.errors import Blocked, Refused
from binder_deploy.cli.flows.events import PhaseEnded
from binder_deploy.cli.flows.remove import remove
from binder_deploy.cli.flows.told import Told
from binder_deploy.cli.flows.upgrade_parts import Side, side, write_files
from binder_deploy.ops.backup.kept import kept
from binder_deploy.ops.client import api_client
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings import migrations
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.maintenance import KEY
from binder_deploy.settings.migrations import Migration
from binder_deploy.stacks.engine import Site

pytestmark = [pytest.mark.system, pytest.mark.slow]

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"
HUB = "charts/jupyterhub/templates/hub.yaml"
CHARTS = ("binderhub", "traefik", "cert-manager")
Files = dict[str, bytes]


def bundle(folder: Path, name: str, count: int, hub: str, change: Callable[[Files], None] = lambda files: None) -> Path:
    """A folder as `bundle save` writes it: BinderHub as of the commit `count`, with this version of JupyterHub."""
    folder.mkdir()
    (folder / bundles.NAMED).write_text(f'name: "{name}"\n')
    for chart in CHARTS:
        files = archive.folder(bundles.STAND_INS / chart)
        for path in [path for path in files if path.endswith("Chart.yaml")]:
            text = files[path].decode().replace("+standin", "").replace("git.3983.", f"git.{count}.")
            files[path] = text.replace("4.3.5", hub).encode()
        if chart == "binderhub":
            change(files)
        version = archive.contents(chart, archive.pack(chart, files)).version
        (folder / f"{chart}-{version}.tgz").write_bytes(archive.pack(chart, files))
    return folder


def annotated(files: Files) -> None:
    """The hub's pod is another one."""
    before = files[HUB].decode()
    files[HUB] = before.replace("- name: hub\n", "- name: hub\n          workingDir: /srv\n", 1).encode()
    assert files[HUB].decode() != before


def too_large(files: Files) -> None:
    """No node can hold the hub, and nothing tells beforehand."""
    before = files[HUB].decode()
    files[HUB] = before.replace("{{ .Values.hub.resources | toJson }}", '{ requests: { cpu: "60" } }', 1).encode()
    assert files[HUB].decode() != before


def seats(document: Any) -> None:
    document["binder"]["max_servers"] = document["binder"].pop("seats")


@dataclass(frozen=True)
class Twin:
    """A deployment of the older bundle in a simulated cloud."""

    file: Path
    session: Session
    open_: Callable[[Side], Deployment]
    bundles: Mapping[str, Path]

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def deployment(self) -> Deployment:
        text = self.file.read_text()
        return self.open_(side(text, "binder.yaml", self.folder, None, "lock", lambda event: None))

    def to(self, name: str) -> tuple[upgrade.Request, upgrade.Way]:
        request = upgrade.Request(file=self.file, to=str(self.bundles[name]), wait_s=30.0)
        return request, upgrade.found_way(request, upgrade_mark.read(self.folder), lambda event: None)

    def hub(self) -> Any:
        api = AppsV1Api(api_client(self.session.work / "kubeconfig"))
        return api.read_namespaced_deployment("hub", "binder").spec.template.spec.containers[0]

    def installed(self) -> str:
        return locks.read(self.folder / locks.NAME).archives["binderhub"].version


@pytest.fixture(scope="module")
def twin(tools: Mapping[str, Path], session_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    root = tmp_path_factory.mktemp("upgrade")
    file = root / "deployment" / "binder.yaml"
    file.parent.mkdir()
    file.write_text(GKE.read_text().replace("version: 1", "version: 0").replace("max_servers", "seats"))
    made = {
        "older": bundle(root / "older", "older", 3983, "4.3.5"),
        "newer": bundle(root / "newer", "newer", 3990, "4.4.0", annotated),
        "broken": bundle(root / "broken", "broken", 3995, "4.4.1", too_large),
    }
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("BINDER_DEPLOY_CACHE", str(session_cache))
        step = Migration(0, 1, "binder.seats is called binder.max_servers", seats)
        patch.setattr(migrations, "MIGRATIONS", (step,))
        session = stack.enter_context(open_session(tools))
        (file.parent / ".binder-deploy").symlink_to(session.work)
        stack.enter_context(applied(session.environ))
        first = side(file.read_text(), "binder.yaml", file.parent, made["older"], "lock", lambda event: None)
        set_stage(session.cloud, first.settings)
        session.start_controllers()

        def opened(one: Side) -> Deployment:
            return open_deployment(
                file.parent,
                one.settings,
                tools,
                one.resolved,
                Site(session.work, session.folder, session.environ),
                lambda: Sweep(found=tuple(leftovers(session.cloud.read()))),
                simulated=True,
            )

        write_files(first, file)
        deploy(opened(first), lambda event: None)
        yield Twin(file, session, opened, made)


def test_a_broken_version_is_taken_back_by_itself(twin: Twin) -> None:
    before, hub = twin.file.read_text(), twin.hub()
    request, way = twin.to("broken")
    request = replace(request, drain=True)
    said: list[object] = []
    with pytest.raises(upgrade.WentBack) as caught:
        upgrade.carry_out(request, way, twin.open_, said.append, lambda question: True, lambda what: True)
    assert isinstance(caught.value.failure, Blocked)
    assert "BD-POD-001" in str(caught.value.failure)
    assert twin.file.read_text() == before, "the settings are those of before the migration"
    assert "3983" in twin.installed()
    assert twin.hub().resources == hub.resources
    assert upgrade_mark.read(twin.folder) is None
    assert any("going back to bundle older" in getattr(event, "text", "") for event in said)
    phases = [event.name for event in said if isinstance(event, PhaseEnded)]
    assert phases.index("drain") < phases.index("up") < phases.index("back")
    assert twin.deployment.engine.value(KEY) == "", "people may launch again"


def test_an_upgrade_rolls_out_migrates_and_is_found_after_a_cut(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    request, way = twin.to("newer")
    shown: list[object] = []
    asked: list[str] = []

    # Killed while the engine worked: nothing goes back by itself, and everybody is told.
    def cut(deployment: Deployment, observe: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "deploy", cut)
        with pytest.raises(KeyboardInterrupt):
            upgrade.carry_out(
                request, way, twin.open_, shown.append, lambda q: asked.append(q) or True, lambda what: True
            )
    assert "older to newer" in asked[0]
    (told,) = [event for event in shown if isinstance(event, Told)]
    assert {move.chart for move in told.moves} == {"binderhub", "jupyterhub"}
    assert told.migrations == ("binder.seats is called binder.max_servers",)
    assert told.lost == ()
    assert told.gone == ()
    mark = upgrade_mark.read(twin.folder)
    assert mark is not None
    assert mark.step == "rollout"
    with pytest.raises(Refused, match="`binder-deploy upgrade` goes on, `binder-deploy rollback` goes back"):
        upgrade_mark.refuse_halfway(twin.folder)

    request, way = twin.to("newer")
    assert way.before.bundle == "older", "from the backup: the files are the newer ones already"
    said: list[object] = []
    assert upgrade.carry_out(request, way, twin.open_, said.append, lambda question: True, lambda what: True)
    assert upgrade_mark.read(twin.folder) is None
    assert twin.hub().working_dir == "/srv"
    assert "3990" in twin.installed()
    written = YAML(typ="safe").load(twin.file.read_text())
    assert (written["version"], written["binder"]["max_servers"]) == (1, 60)
    assert "# people open binder.campus.example.org" in twin.file.read_text(), "comments stay"
    for words in ("health is not asked in a rehearsal", "launches is not shown by a rehearsal"):
        assert any(words in getattr(event, "text", "") for event in said)


def test_an_older_bundle_is_refused_with_the_way_back(twin: Twin) -> None:
    with pytest.raises(Refused, match="`binder-deploy rollback`"):
        twin.to("older")


def test_a_rollback_brings_settings_and_charts_back(twin: Twin) -> None:
    request = rollback.Request(file=twin.file, wait_s=30.0)
    chosen = rollback.chosen(request, None)
    to = rollback.side_of(chosen, lambda event: None)
    now = side(twin.file.read_text(), "binder.yaml", twin.folder, None, "lock", lambda event: None)
    asked: list[str] = []
    assert rollback.carry_out(
        request, now, to, chosen, None, twin.open_, lambda event: None, lambda q: asked.append(q) or True
    )
    assert "bundle older" in asked[0]
    assert "seats" in twin.file.read_text()
    assert "3983" in twin.installed()
    assert twin.hub().working_dir is None
    assert upgrade_mark.read(twin.folder) is None
    newest = kept(twin.session.work)[0]
    assert (newest.reason, newest.bundle) == ("rollback", "newer"), "what there was is kept, too"
    assert json.loads((newest.folder / "manifest.json").read_text())["members"]


def test_nothing_is_left_afterwards(twin: Twin) -> None:
    deployment = twin.deployment
    remove(deployment, lambda event: None)
    assert deployment.sweep().found == ()
