"""What is put back was looked at before, a backup of the present comes first, and what was wanted is not pruned."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows import backup as flows
from binder_deploy.cli.flows.backup import restore
from binder_deploy.cli.flows.real import Request
from binder_deploy.ops.backup import kept as shelf
from binder_deploy.ops.backup.hub import NO_CLUSTER, NoHub
from binder_deploy.ops.backup.kept import Damaged, Kept, NoSuchBackup
from binder_deploy.settings.load import parse

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
OLD = GKE.replace("version: 1", "version: 1  # as it was")


@dataclass
class World:
    """What was done, in order."""

    done: list[str] = field(default_factory=list)
    image: str = "hub:4.4.0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment's folder, with one backup of everything."""
    (tmp_path / "binder.yaml").write_text(GKE)
    (tmp_path / "binder.yaml").chmod(0o640)
    make(tmp_path, **{"hub.sqlite": "rows", "binder.yaml": OLD, "binder.lock.yaml": "version: 1\n"})
    return tmp_path


@pytest.fixture
def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    deployment = SimpleNamespace(
        settings=parse(GKE),
        folder=folder,
        kubeconfig=folder / ".binder-deploy" / "kubeconfig",
        simulated=False,
        site=SimpleNamespace(work=folder / ".binder-deploy"),
    )
    monkeypatch.setattr(flows, "opened_bare", lambda request, observe: deployment)
    monkeypatch.setattr(flows, "restore_database", lambda d, kept, observe: made.done.append(f"database {kept.name}"))
    monkeypatch.setattr(flows, "export", lambda site, name: made.done.append("backup") or '{"deployment": {}}')
    monkeypatch.setattr(flows, "_image", lambda deployment: made.image)
    return made


def make(folder: Path, **members: str) -> Kept:
    at = datetime(2026, 11, 23, 19, 45, tzinfo=UTC)
    work = folder / ".binder-deploy"
    with shelf.drafted(work, "by hand", at) as draft:
        for name, text in members.items():
            shelf.private(draft / name, text)
        place = shelf.place_of(work, "by hand", at)
        return shelf.finish(
            draft,
            Kept(folder=place, reason="by hand", made=at, by="ada", bundle="2026.11", versions={"hub": "hub:4.4.0"}),
        )


def put_back(
    folder: Path, name: str = "latest", answer: bool = True, **options: Any
) -> tuple[bool, list[str], list[str]]:
    questions: list[str] = []
    told: list[str] = []

    def confirm(question: str) -> bool:
        questions.append(question)
        return answer

    def observe(event: object) -> None:
        told.append(getattr(event, "text", ""))

    done = restore(Request(folder / "binder.yaml"), name, observe, confirm, **options)
    return done, questions, [text for text in told if text]


def backups(folder: Path) -> tuple[Kept, ...]:
    return shelf.kept(folder / ".binder-deploy")


def test_the_present_is_kept_before_the_database_comes_back(folder: Path, world: World) -> None:
    (wanted,) = backups(folder)
    done, (question,), _ = put_back(folder)
    assert done
    assert world.done == ["backup", f"database {wanted.name}"]
    assert "2026-11-23 19:45 UTC" in question
    assert "nobody can launch, running servers go on" in question
    assert "was written by" not in question
    first, second = backups(folder)
    assert (first.reason, second) == ("before-restore", wanted)
    assert first.missing["hub.sqlite"] == NO_CLUSTER
    assert (folder / "binder.yaml").read_text() == GKE


def test_a_no_changes_nothing(folder: Path, world: World) -> None:
    assert not put_back(folder, answer=False, settings=True)[0]
    assert world.done == []
    assert (folder / "binder.yaml").read_text() == GKE


def test_the_settings_come_back_when_they_are_asked_for(folder: Path, world: World) -> None:
    _, (question,), told = put_back(folder, settings=True)
    assert "Put back hub.sqlite, binder.yaml, binder.lock.yaml" in question
    assert (folder / "binder.yaml").read_text() == OLD
    assert (folder / "binder.yaml").stat().st_mode & 0o777 == 0o640
    assert (folder / "binder.lock.yaml").read_text() == "version: 1\n"
    assert any("`binder-deploy plan`" in text for text in told)
    assert backups(folder)[0].verified("binder.yaml").read_text() == GKE, "the present is in the backup of it"


def test_what_was_damaged_is_refused_before_anything_is_touched(folder: Path, world: World) -> None:
    (wanted,) = backups(folder)
    (wanted.folder / "binder.lock.yaml").write_text("altered")
    with pytest.raises(Damaged, match=r"binder\.lock\.yaml is not what was written"):
        put_back(folder)
    with pytest.raises(NoSuchBackup):
        put_back(folder, "another")
    assert world.done == []
    assert len(backups(folder)) == 1


def test_another_version_of_the_hub_is_told_before(folder: Path, world: World) -> None:
    world.image = "hub:4.2.0"
    _, (question,), _ = put_back(folder, answer=False)
    assert "written by hub:4.4.0, and now hub:4.2.0 runs" in question


def test_settings_alone_need_no_database(folder: Path, world: World) -> None:
    (folder / ".binder-deploy" / "backups").rename(folder / "gone")
    make(folder, **{"binder.yaml": OLD})
    with pytest.raises(Damaged, match=r"no hub\.sqlite"):
        put_back(folder, backups(folder)[0].name)
    done, (question,), _ = put_back(folder, backups(folder)[0].name, settings=True)
    assert done
    assert world.done == ["backup"]
    assert "nobody can launch" not in question


def test_a_backup_that_is_put_back_is_not_pruned_on_the_way(folder: Path, world: World) -> None:
    (wanted,) = backups(folder)
    later = make(folder, **{"hub.sqlite": "later"}).folder
    for number in range(10):
        told = json.loads((later / "manifest.json").read_text())
        told["made"] = f"2026-11-24T00:00:{number:02}+00:00"
        other = later.with_name(f"20261124T0000{number:02}Z-by-hand")
        other.mkdir()
        (other / "hub.sqlite").write_text("later")
        (other / "manifest.json").write_text(json.dumps(told))
    _, _, told_people = put_back(folder, wanted.name)
    assert world.done[-1] == f"database {wanted.name}"
    assert wanted.folder.exists()
    assert sum("was removed" in text for text in told_people) == 2


def test_the_command_says_where_it_is_and_fails_for_a_hub_whose_database_it_has_not(
    folder: Path, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--file", str(folder / "binder.yaml"), "--json"]
    assert run(["backup", *arguments]) == exits.DONE
    said = capsys.readouterr()
    made = json.loads(said.out)
    assert made["database"] is False
    assert made["missing"]["hub.sqlite"] == NO_CLUSTER
    assert NO_CLUSTER in said.err
    assert Path(made["folder"]).is_dir()

    def refuse(kubeconfig: Path, into: Path) -> None:
        into.touch()
        raise NoHub("the hub does not run")

    (folder / ".binder-deploy" / "kubeconfig").touch()
    monkeypatch.setattr(flows, "fetch", refuse)
    assert run(["backup", *arguments]) == exits.FAILED
    capsys.readouterr()
    assert "hub.sqlite" not in backups(folder)[0].members, "half of a file is no database"
    assert run(["backup", "--list", *arguments]) == exits.DONE
    said = capsys.readouterr()
    assert [one["database"] for one in json.loads(said.out)["backups"]] == [False, False, True]
    assert said.err.count("without the hub's database") == 2
    logs: Callable[[], list[str]] = lambda: [f.name for f in (folder / ".binder-deploy" / "runs").iterdir()]  # noqa: E731
    assert any("-backup.log" in name for name in logs())


def test_the_restore_command_asks_and_tells(folder: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--file", str(folder / "binder.yaml"), "--yes"]
    assert run(["restore", "latest", *arguments]) == exits.DONE
    assert "It is back" in capsys.readouterr().err
    assert run(["restore", "another", *arguments]) == exits.USAGE
    assert "there are:" in capsys.readouterr().err
