"""An upgrade backs up before it touches anything, goes back by itself, and says where it stands whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_deploy.charts import archive
from binder_deploy.charts import lock as locks
from binder_deploy.charts.bundle import STAND_INS
from binder_deploy.charts.compare import lock_of
from binder_deploy.charts.resolve import Archive, Resolved, stand_in
from binder_deploy.checks.model import Check, Failed, Outcome, Phase
from binder_deploy.checks.reports.words import blocking
from binder_deploy.checks.runner import run as run_checks
from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows import checking, real, rollback, upgrade, upgrade_back, upgrade_mark, upgrade_way
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Advice, Blocked, Refused, Stopped
from binder_deploy.cli.flows.kubernetes_told import kubernetes
from binder_deploy.cli.flows.rollout import NotWell
from binder_deploy.cli.flows.told import Kubernetes
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.cli.flows.upgrade_parts import Side
from binder_deploy.cli.flows.upgrade_told import gone, told
from binder_deploy.cli.ui.upgrade import told_lines
from binder_deploy.ops.backup.hub import Hub
from binder_deploy.ops.backup.kept import Kept
from binder_deploy.settings.load import parse
from binder_deploy.settings.maintenance import KEY
from binder_deploy.settings.migrations import Migration
from binder_deploy.stacks.errors import EngineError, Interrupted, StateLocked
from binder_deploy.stacks.events import Summary

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
NOWHERE = Advice("", "", "`down`")
ILL = Check("BD-TLS-002", "The certificate is valid", Phase.TLS, (), lambda facts: Failed("it has expired", "renew it"))
CANARY = Check("BD-CAN-001", "A repository launches", Phase.CANARY, (), lambda facts: Failed("no build", "look"))


def changed(name: str, change: Callable[[dict[str, bytes]], None]) -> Archive:
    """A stand-in's archive with other files."""
    files = archive.folder(STAND_INS / name)
    change(files)
    data = archive.pack(name, files)
    inside = archive.contents(name, data)
    return replace(
        stand_in(name),
        version=inside.version,
        data=data,
        sha256=archive.sha256(data),
        origin="folder",
        source="folder",
        dependencies=inside.dependencies(),
    )


def edit(file: str, before: str, after: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        text = files[file].decode()
        assert before in text
        files[file] = text.replace(before, after).encode()

    return change


@cache
def plain(name: str) -> Archive:
    return changed(name, lambda files: None)


def resolved(name: str, binderhub: Archive | None = None) -> Resolved:
    archives = {n: plain(n) for n in ("traefik", "cert-manager")}
    return Resolved(name, {"binderhub": binderhub or plain("binderhub"), **archives}, (), ())


@cache
def newer(hub: str = "4.4.0") -> Archive:
    def change(files: dict[str, bytes]) -> None:
        edit("Chart.yaml", "git.3983.", "git.3990.")(files)
        edit("Chart.yaml", "4.3.5", hub)(files)
        edit("charts/jupyterhub/Chart.yaml", "4.3.5", hub)(files)

    return changed("binderhub", change)


def sides(text: str = GKE, **more: Any) -> tuple[Side, Side]:
    return Side(text, parse(text), resolved("A")), Side(text, parse(text), resolved("B", **more))


# What is told


def test_charts_and_their_subcharts_are_named_with_both_versions() -> None:
    before, after = sides(binderhub=newer())
    found = told(before, after, (Migration(0, 1, "a is called b", print),), after.settings, "v1.35.2")
    assert {(m.chart, m.before[:5], m.after[:5]) for m in found.moves} >= {("jupyterhub", "4.3.5", "4.4.0")}
    text = "\n".join(told_lines(found))
    for words in ("Bundle A → B", "jupyterhub", "git.3990", "binder.yaml: a is called b", "images that exist stay"):
        assert words in text
    assert all(len(line) < 80 for line in told_lines(found))


def test_the_same_twice_is_nothing() -> None:
    before, after = sides()
    assert told(before, after, (), after.settings, None).nothing


def test_an_archive_that_was_packed_anew_is_told() -> None:
    before, after = sides(binderhub=changed("binderhub", lambda files: files.update({"README.md": b"x"})))
    found = told(before, after, (), after.settings, None)
    assert (found.moves, found.repacked, found.nothing) == ((), ("binderhub",), False)


def test_a_value_that_the_newer_chart_calls_otherwise_is_named_with_what_may_be_meant() -> None:
    text = GKE + "charts: {binder-service: {values: {binderhub: {pdb: {maxUnavailable: 2}}}}}\n"

    def change(files: dict[str, bytes]) -> None:
        edit("values.schema.json", '"pdb"', '"pdbs"')(files)
        edit("values.yaml", "pdb:", "pdbs:")(files)

    before, after = sides(text, binderhub=changed("binderhub", change))
    (lost,) = told(before, after, (), after.settings, None).lost
    assert "charts.binder-service.values.binderhub" in lost
    assert "pdb" in lost
    assert "did you mean pdbs?" in lost


def test_what_the_cluster_no_longer_serves_is_found_in_the_newer_templates() -> None:
    old = "apiVersion: policy/v1\nkind: PodDisruptionBudget"
    older = old.replace("policy/v1", "policy/v1beta1")
    file = "templates/binder.yaml"
    after = resolved("B", changed("binderhub", edit(file, old, older)))
    assert list(gone(after, "v1.35.1-gke.100")) == ["policy/v1beta1 PodDisruptionBudget (binderhub)"]
    assert list(gone(after, "v1.24.0")) == []
    asks = resolved("B", changed("binderhub", edit(file, old, f"# {{{{ .Capabilities.APIVersions }}}}\n{older}")))
    assert list(gone(asks, "v1.35.1")) == [], "such a template chooses by itself"


def test_kinds_that_helm_never_upgrades_are_told() -> None:
    def kinds(text: bytes) -> Archive:
        return changed("binderhub", lambda files: files.update({"crds/things.yaml": text}))

    (before, after), (_, other) = sides(binderhub=kinds(b"one")), sides(binderhub=kinds(b"two"))
    assert told(after, other, (), after.settings, None).kinds == (
        "binderhub (folder crds/ of .binder-deploy/charts/binderhub-1.0.0-0.dev.git.3983.h383374de+standin.tgz)",
    )
    assert told(after, after, (), after.settings, None).kinds == ()
    assert "kubectl apply" in " ".join(told_lines(told(before, after, (), after.settings, None)))


def test_another_prefix_builds_every_image_anew() -> None:
    before, after = sides()
    other = parse(GKE.replace("name: campus-binder", "name: other-binder"))
    (said,) = told(before, replace(after, settings=other), (), other, None).images
    assert "every repository is built anew" in said
    assert told(before, after, (), after.settings, None).images == ()


def test_the_end_of_support_is_told_or_unknown() -> None:
    from binder_deploy.checks.kubernetes_support import support

    before, after = sides()
    for minor, words in ((36, "standard support ends on 2027-08-09"), (99, "is unknown here")):
        known = Kubernetes(server=f"v1.{minor}.0", pools={"core": "v1.36.0"}, wanted="x", support=support("gke", minor))
        text = " ".join(" ".join(told_lines(told(before, after, (), after.settings, None, known))).split())
        assert words in text
        assert "nodes: core v1.36.0" in text


# The sequence


@dataclass(frozen=True)
class Opened(Deployment):
    """With the name of its bundle."""

    bundle: str = ""


@dataclass
class World:
    """Stands in for engine and cluster: notes what is done, and fails where it is told to."""

    folder: Path
    fails: dict[str, list[BaseException]] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)
    closed: str = ""
    has_database: bool = True
    ill: tuple[str, ...] = ()
    """Checks that fail, before the upgrade and after it."""
    broken: bool = False
    """Whether a repository launches no more."""
    simulated: bool = False
    settings: Any = None

    def do(self, what: str) -> None:
        self.did.append(what)
        if self.fails.get(what):
            raise self.fails[what].pop(0)

    # The engine's part
    def resources(self) -> list[dict[str, Any]]:
        return [{"type": "kubernetes:helm.sh/v3:Release", "urn": "r"}]

    def value(self, key: str) -> str:
        assert key == KEY
        return self.closed

    def configure(self, key: str, value: str) -> None:
        self.closed = value

    def outputs(self) -> Any:
        return SimpleNamespace(address="192.0.2.1")

    # The checks' part
    def failing(self) -> list[Check]:
        return [check for check in (ILL, CANARY) if check.id in self.ill]

    def looked_for(self, launching: bool) -> None:
        if launching:
            self.do("launch before")

    def canary(self, deployment: Any, outputs: Any, observe: Any) -> tuple[Outcome, ...]:
        self.do("launch")
        found = run_checks([CANARY], {}, ignore=deployment.settings.checks.ignore) if self.broken else ()
        if blocked := blocking(found):
            raise Blocked(blocked)
        return tuple(found)

    def open_(self, side: Side) -> Any:
        self.did.append(f"open {side.bundle}")
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.touch()
        parts: Any = (self.folder, side.settings, {}, None, None, self, kubeconfig, None, self.simulated)
        return Opened(*parts, bundle=side.bundle)

    def take(self, deployment: Any, reason: str, observe: Any, *, file: Path, spare: Kept | None = None) -> Kept:
        self.do("take" if spare is None else f"take, {spare.name} stays")
        folder = self.folder / ".binder-deploy" / "backups" / f"20261123T120000Z-{reason}"
        folder.mkdir(parents=True, exist_ok=True)
        members = {}
        texts = {"binder.yaml": file.read_text(), "binder.lock.yaml": (self.folder / locks.NAME).read_text()}
        for name, text in {**texts, **({"hub.sqlite": "db"} if self.has_database else {})}.items():
            (folder / name).write_text(text)
            members[name] = archive.sha256(text.encode())
        return Kept(
            folder=folder,
            reason=reason,
            made=datetime.now(UTC),
            by="me",
            bundle=deployment.bundle,
            versions={"hub": "k8s-hub:4.3.5"},
            members=members,
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    (tmp_path / ".binder-deploy").mkdir()
    (tmp_path / "binder.yaml").write_text(GKE)
    locks.write(tmp_path / locks.NAME, lock_of(resolved("A")))

    class Restore:
        def __init__(self, kubeconfig: Path, name: str) -> None:
            pass

        def look(self) -> Hub:
            return Hub({"containers": [{"name": "hub", "image": "k8s-hub:4.4.0"}]}, 1, stopped=False)

        def stop(self, hub: object) -> None:
            made.do("hub away")

        def exchange(self, hub: Hub, file: Path, stamp: str) -> str:
            assert file.read_text() == "db"
            assert hub.image == "k8s-hub:4.3.5", "the newer one may be what cannot be pulled"
            made.do("database back")
            return ""

        def clean(self) -> None:
            pass

        def start(self, hub: object) -> None:
            made.do("hub noted")

    def deploy(deployment: Any, observe: Any, watched: bool = True) -> Summary:
        made.do(f"deploy {deployment.bundle}{'' if watched else ' unwatched'}")
        return Summary({"update": 1}, 1.0)

    def update(deployment: Any, targets: Any, command: str, observe: Any) -> None:
        made.do("closed" if made.closed else "opened")

    for module in (upgrade, upgrade_back, rollback):
        for name, stand in {
            "deploy": deploy,
            "take": made.take,
            "await_well": lambda deployment, observe: made.do(f"well {deployment.bundle}"),
            "preview": lambda deployment, observe: Summary({"update": 1}, 1.0),
            "kubernetes": lambda settings, kubeconfig: Kubernetes(server="v1.35.0", pools={}, wanted="", support=None),
            "checks_before": lambda deployment, observe: (),
            "service_of": lambda deployment: ("urn",),
            "update": update,
            "await_no_servers": lambda kubeconfig, for_s: made.do("wait for servers") or 0,
            "Restore": Restore,
        }.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, stand)

    def after(deployment: Any, outputs: Any, observe: Any, wait_s: float) -> tuple[Outcome, ...]:
        made.do("checks after")
        failing = run_checks([ILL] if {*made.ill} - {CANARY.id} else [], {}, ignore=deployment.settings.checks.ignore)
        if found := blocking(failing):
            raise Blocked(found)
        return failing

    monkeypatch.setattr(upgrade.checking, "after", after)
    monkeypatch.setattr(
        upgrade.checking,
        "ailing",
        lambda deployment, launching: made.looked_for(launching) or tuple(run_checks(made.failing(), {})),
    )
    monkeypatch.setattr(upgrade.checking, "canary", made.canary)
    return made


def go(
    world: World, *, drain: bool = False, hub: str = "4.4.0", answer: bool = True, text: str = GKE
) -> tuple[bool, list[str], list[str]]:
    """Whether it was done, what was asked, what was said."""
    before, after = sides(text, binderhub=newer(hub))
    request = upgrade.Request(file=world.folder / "binder.yaml", drain=drain)
    asked: list[str] = []
    said: list[str] = []
    way = upgrade.Way(before=before, after=after, mark=upgrade_mark.read(world.folder))
    done = upgrade.carry_out(
        request,
        way,
        world.open_,
        lambda event: said.append(getattr(event, "text", "")),
        lambda question: asked.append(question) or answer,
        lambda what: asked.append(what) or answer,
    )
    return done, asked, [text for text in said if text]


def broken() -> Stopped:
    return Stopped(EngineError("up", [], [], "it broke"), NOWHERE)


def test_everything_in_order(world: World) -> None:
    done, (question,), _ = go(world, drain=True)
    assert done
    assert "backed up first" in question
    assert world.did == [
        "open A", "open B", "open A", "launch before", "take", "open A", "closed", "wait for servers", "open B",
        "deploy B", "well B", "checks after", "opened", "well B", "launch",
    ]  # fmt: skip
    assert locks.read(world.folder / locks.NAME).bundle == "B"
    assert upgrade_mark.read(world.folder) is None


def test_a_service_that_cannot_be_closed_is_refused_before_anything_is_asked_or_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_charts(deployment: object) -> tuple[str, ...]:
        raise Refused("the service was deployed from other charts")

    monkeypatch.setattr(upgrade, "service_of", other_charts)
    with pytest.raises(Refused, match="other charts"):
        go(world, drain=True)
    assert world.did == ["open A"]
    assert upgrade_mark.read(world.folder) is None
    world.closed = "Back at ten"
    assert go(world, drain=True)[0], "nobody can launch already: nothing has to be closed"


def test_a_no_changes_nothing(world: World) -> None:
    assert not go(world, answer=False)[0]
    assert world.did == ["open B"]
    assert locks.read(world.folder / locks.NAME).bundle == "A"


def test_maintenance_that_was_on_before_stays_on(world: World) -> None:
    world.closed = "Back at ten"
    assert go(world, drain=True)[0]
    assert world.closed == "Back at ten"
    assert not {"opened", "closed"} & set(world.did)
    assert not {"launch before", "launch"} & set(world.did), "nobody can"


@pytest.mark.parametrize("where", ["deploy B", "well B", "checks after"])
def test_whatever_fails_is_taken_back_the_database_before_the_older_hub_comes(world: World, where: str) -> None:
    world.fails = {where: [NotWell("it is not well")]}
    with pytest.raises(upgrade.WentBack, match="bundle A runs again"):
        go(world)
    back = world.did[world.did.index(where) + 1 :]
    assert back == ["open A", "hub away", "database back", "deploy A unwatched", "hub noted", "well A"]
    assert locks.read(world.folder / locks.NAME).archives["binderhub"].version.startswith("1.0.0-0.dev.git.3983")
    assert upgrade_mark.read(world.folder) is None


def test_what_failed_before_is_no_reason_to_go_back_and_what_fails_since_is(world: World) -> None:
    world.ill = (ILL.id,)
    done, _, said = go(world)
    assert done
    assert any(f"fails still: {ILL.id}" in text for text in said)
    locks.write(world.folder / locks.NAME, lock_of(resolved("A")))
    world.ill = ("since",)
    with pytest.raises(upgrade.WentBack):
        go(world)


def test_a_repository_that_launches_no_more_is_a_reason_to_go_back_and_one_that_never_did_is_none(
    world: World,
) -> None:
    world.broken = True
    with pytest.raises(upgrade.WentBack) as caught:
        go(world, drain=True)
    assert str(caught.value.failure) == CANARY.id
    assert world.did.index("opened") < world.did.index("launch") < world.did.index("deploy A unwatched")
    assert upgrade_mark.read(world.folder) is None
    world.ill = (CANARY.id,)
    done, _, said = go(world)
    assert done
    assert any(f"fails still: {CANARY.id}" in text for text in said)


@pytest.mark.parametrize("why", ["left out", "rehearsed"])
def test_nothing_is_launched_where_that_is_left_out_or_nothing_runs(world: World, why: str) -> None:
    world.broken, world.simulated = True, why == "rehearsed"
    text = GKE + ("checks: {canary: false}\n" if why == "left out" else "")
    done, _, said = go(world, text=text)
    assert done
    assert not {"launch before", "launch"} & set(world.did)
    assert any("not shown by a rehearsal" in one for one in said) == (why == "rehearsed")


def test_what_ails_is_forgiven_afterwards_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    other = replace(ILL, id="BD-HUB-001")
    monkeypatch.setattr(checking, "CATALOGUE", (ILL,))
    monkeypatch.setattr(checking, "probes", lambda deployment, address: {})
    deployment = world.open_(sides()[0])
    (found,) = checking.ailing(deployment)
    forgiving = checking.forgiving(deployment, [found.check.id])
    assert [o.verdict.ignored for o in checking.after(forgiving, None, lambda event: None, wait_s=60)] == [True]
    monkeypatch.setattr(checking, "CATALOGUE", (ILL, other))
    with pytest.raises(Blocked, match=r"^BD-HUB-001$"):
        checking.after(forgiving, None, lambda event: None, wait_s=0)


def test_before_the_hub_was_touched_its_database_stays(world: World) -> None:
    before, _ = sides(binderhub=newer())
    chosen = world.take(SimpleNamespace(bundle="A"), "upgrade", None, file=world.folder / "binder.yaml")
    request, asked = rollback.Request(file=world.folder / "binder.yaml"), []
    for mark, words in (
        (Mark(before="A", after="B", hub=True, step="drain"), "stays as it is"),
        (Mark(before="A", after="B", hub=False, step="rollout"), "stays as it is"),
        (Mark(before="A", after="B", hub=True, step="rollout"), "goes back, too"),
    ):
        rollback.carry_out(
            request, before, before, chosen, mark, world.open_, lambda e: None, lambda q: bool(asked.append(q))
        )
        assert words in asked[-1]


@pytest.mark.parametrize("where", ["deploy B", "deploy A unwatched"])
def test_another_run_at_work_is_no_failure_either_and_the_next_command_is_named(world: World, where: str) -> None:
    busy = Stopped(StateLocked("up", [], [], "locked"), Advice("", "`binder-deploy up`", ""))
    world.fails = {"checks after": [NotWell("ill")], where: [busy]}
    with pytest.raises(Stopped) as caught:
        go(world)
    assert caught.value.advice.go_on == "wait for the other run to end, then `binder-deploy upgrade`"
    assert upgrade_mark.read(world.folder) is not None
    assert ("hub noted" in world.did) is False


def test_a_rollback_is_over_when_it_answers_whatever_the_checks_say(world: World) -> None:
    before, after = sides(binderhub=newer())
    chosen = world.take(SimpleNamespace(bundle="A"), "upgrade", None, file=world.folder / "binder.yaml")
    world.ill = ("x",)
    request = rollback.Request(file=world.folder / "binder.yaml")
    with pytest.raises(Blocked):
        rollback.carry_out(request, after, before, chosen, None, world.open_, lambda e: None, lambda q: True)
    assert f"take, {chosen.name} stays" in world.did, "a backup that is wanted is not what makes room"
    assert upgrade_mark.read(world.folder) is None, "`up` mends the rest"


def test_the_database_stays_where_the_hub_does(world: World) -> None:
    world.fails = {"deploy B": [broken()]}
    with pytest.raises(upgrade.WentBack):
        go(world, hub="4.3.5")
    assert "database back" not in world.did
    assert "deploy A unwatched" in world.did


def test_without_a_copy_of_the_database_somebody_is_asked_again(world: World) -> None:
    world.has_database = False
    _, questions, _ = go(world)
    assert "could not be backed up" in questions[1]
    assert len(go(world, hub="4.3.5")[1]) == 1, "the same hub needs no way back for it"


def test_what_fails_before_the_charts_are_touched_leaves_nothing_behind(world: World) -> None:
    world.fails = {"wait for servers": [broken()]}
    with pytest.raises(Stopped):
        go(world, drain=True)
    assert world.closed == "", "people may launch again"
    assert "deploy B" not in world.did
    assert upgrade_mark.read(world.folder) is None
    world.fails = {"take": [OSError("disk full")]}
    with pytest.raises(OSError, match="disk full"):
        go(world)
    assert upgrade_mark.read(world.folder) is None


def test_the_first_error_is_the_one_that_is_told(world: World) -> None:
    first = broken()
    world.fails = {"wait for servers": [first], "opened": [Stopped(EngineError("up", [], [], "again"), NOWHERE)]}
    said: list[str] = []
    before, after = sides(binderhub=newer())
    request = upgrade.Request(file=world.folder / "binder.yaml", drain=True)
    with pytest.raises(Stopped) as caught:
        upgrade.carry_out(
            request,
            upgrade.Way(before=before, after=after),
            world.open_,
            lambda event: said.append(getattr(event, "text", "")),
            lambda question: True,
            lambda what: True,
        )
    assert caught.value is first
    assert any("`binder-deploy maintenance off`" in text for text in said)
    assert upgrade_mark.read(world.folder) is None


def test_a_way_back_that_fails_too_says_what_there_is_and_what_to_run(world: World) -> None:
    world.fails = {"deploy B": [broken()], "well A": [NotWell("A is ill, too")]}
    with pytest.raises(upgrade.NotBack) as caught:
        go(world)
    for words in ("bundle A", "20261123T120000Z-upgrade is whole", "`binder-deploy rollback 20261123T120000Z-upgrade`"):
        assert words in str(caught.value)
    mark = upgrade_mark.read(world.folder)
    assert mark is not None
    assert mark.step == "back"


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Stopped(Interrupted("up"), NOWHERE)])
def test_an_interrupt_is_no_failure_and_the_next_one_goes_on(world: World, stop: BaseException) -> None:
    world.fails = {"deploy B": [stop]}
    with pytest.raises(type(stop)):
        go(world)
    assert "deploy A unwatched" not in world.did
    mark = upgrade_mark.read(world.folder)
    assert mark is not None
    assert (mark.before, mark.after, mark.step) == ("A", "B", "rollout")
    assert "the new charts were being rolled out" in mark.words()
    (world.folder / ".binder-deploy" / "backups" / mark.backup / "manifest.json").write_text(_manifest(world, mark))
    world.did.clear()
    assert go(world)[0]
    assert "take" not in world.did, "the backup from before it began is the one that counts"
    assert upgrade_mark.read(world.folder) is None


def _manifest(world: World, mark: Mark) -> str:
    import json

    folder = world.folder / ".binder-deploy" / "backups" / mark.backup
    members = {file.name: archive.sha256(file.read_bytes()) for file in folder.iterdir()}
    made = datetime.now(UTC).isoformat()
    told_ = {"schema": "binder-deploy/backup/v1", "reason": "upgrade", "made": made, "by": "me", "bundle": "A"}
    return json.dumps({**told_, "versions": {}, "members": members, "missing": {}})


def test_a_rollback_takes_what_there_is_first_and_leaves_its_mark_if_it_fails(world: World) -> None:
    go(world)
    world.did.clear()
    before, after = sides(binderhub=newer())
    chosen = world.take(SimpleNamespace(bundle="A"), "upgrade", None, file=world.folder / "binder.yaml")
    world.did.clear()
    world.fails = {"well A": [NotWell("ill")]}
    request = rollback.Request(file=world.folder / "binder.yaml")
    asked: list[str] = []

    def back() -> bool:
        mark = upgrade_mark.read(world.folder)
        return rollback.carry_out(
            request, after, before, chosen, mark, world.open_, lambda e: None, lambda q: asked.append(q) or True
        )

    with pytest.raises(NotWell):
        back()
    assert "The hub's database goes back, too" in asked[0]
    assert world.did[:3] == ["open A", "open B", f"take, {chosen.name} stays"]
    mark = upgrade_mark.read(world.folder)
    assert mark is not None
    assert f"`binder-deploy rollback {chosen.name}` goes on" in mark.words()
    world.did.clear()
    assert back()
    assert not [done for done in world.did if done.startswith("take")], "halfway is nothing to keep"
    assert upgrade_mark.read(world.folder) is None


# What is refused, and how it ends on the command line


def test_an_older_bundle_leads_to_rollback() -> None:
    after, before = sides(binderhub=newer())
    with pytest.raises(Refused, match=r"older than what is installed \(binderhub .* `binder-deploy rollback`"):
        upgrade_way.refuse_older(before, after)


def test_a_bundle_that_is_not_here_is_refused() -> None:
    with pytest.raises(Refused, match="this release ships bundle"):
        upgrade_way.bundle_folder("no-such-bundle")


def test_without_an_upgrade_there_is_nothing_to_roll_back_to() -> None:
    with pytest.raises(Refused, match="`binder-deploy rollback NAME`"):
        rollback.last_upgrade(())


def test_up_is_refused_halfway_and_a_removal_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade_mark.write(world.folder, Mark(before="A", after="B", step="rollout"))
    file = str(world.folder / "binder.yaml")
    assert run(["up", "--yes", "--file", file]) == exits.USAGE
    said = " ".join(capsys.readouterr().err.split())
    assert "an upgrade from bundle A to B was cut off" in said
    assert "`binder-deploy rollback` goes back" in said
    upgrade_mark.write(world.folder, Mark(before="A", after="B"))
    upgrade_mark.refuse_halfway(world.folder)
    assert upgrade_mark.read(world.folder) is None, "nothing had been changed yet"
    (world.folder / ".binder-deploy" / upgrade_mark.NAME).write_text("{")
    assert run(["up", "--yes", "--file", file]) == exits.USAGE
    assert "cannot be read" in " ".join(capsys.readouterr().err.split())


def test_a_newer_bundle_is_said_in_a_line_and_never_installed(world: World) -> None:
    said: list[Any] = []
    request = real.Request(world.folder / "binder.yaml")
    entry = locks.Locked("traefik", "40.0.0", "0" * 64, "x")
    locks.write(world.folder / locks.NAME, locks.Lock("A", {"traefik": entry}))
    real._tell_newer(request, said.append)
    assert [event.text.endswith("`binder-deploy upgrade`") for event in said] == [True]
    locks.write(world.folder / locks.NAME, locks.Lock("A", {"traefik": replace(entry, version="99.0.0")}))
    real._tell_newer(request, said.append)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            upgrade.WentBack(broken(), "A"),
            ["it broke", "was taken back", "bundle A runs again"],
        ),
        (
            upgrade.NotBack(Blocked(()), NotWell("A is ill"), Mark(before="A", after="B", backup="x")),
            ["A is ill", "`binder-deploy rollback x`"],
        ),
    ],
)
def test_a_failure_is_told_with_its_reason_and_ends_with_1(
    world: World,
    error: Exception,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(request: Any, observe: Any, confirm: Any, lose: Any) -> bool:
        raise error

    monkeypatch.setattr(upgrade, "upgrade", fail)
    assert run(["upgrade", "--yes", "--file", str(world.folder / "binder.yaml")]) == exits.FAILED
    said = " ".join(capsys.readouterr().err.split())
    for word in words:
        assert word in said
    assert "`down`" not in said, "what was taken back needs no cleaning up"


def test_the_commands_hand_on_what_was_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(upgrade, "upgrade", lambda request, observe, confirm, lose: seen.append(request) or True)
    monkeypatch.setattr(rollback, "rollback", lambda request, observe, confirm: seen.append(request) or False)
    file = str(world.folder / "binder.yaml")
    assert run(["upgrade", "--to", "x", "--drain", "--drain-for", "5", "--yes", "--file", file]) == exits.DONE
    assert run(["rollback", "20261123T120000Z-upgrade", "--file", file, "--bundle", "archives"]) == exits.FAILED, (
        "a no changes nothing"
    )
    assert (seen[0].to, seen[0].drain, seen[0].drain_for_s) == ("x", True, 300.0)
    assert (seen[1].name, seen[1].bundle) == ("20261123T120000Z-upgrade", Path("archives"))


def test_the_clusters_versions_are_told_by_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    from binder_deploy.ops import versions

    eks = (Path(__file__).parents[2] / "examples" / "eks.yaml").read_text(encoding="utf-8")
    node = {"metadata": {"labels": {}}, "status": {"nodeInfo": {"kubeletVersion": "v1.34.1-eks-1"}}}
    monkeypatch.setattr(versions, "api_client", lambda kubeconfig: None)
    monkeypatch.setattr(versions, "listed", lambda call: [node])
    monkeypatch.setattr(versions, "got", lambda call: {"gitVersion": "v1.34.2-eks-1"})
    found = kubernetes(parse(eks), Path("x"))
    assert (found.server, found.pools) == ("v1.34.2-eks-1", {"other": "v1.34.1-eks-1"})
    assert found.wanted.startswith("platform.kubernetes 1.")
    assert found.support is not None
