"""What the shell completes: instantly, from what lies on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from binder_deploy.charts.bundle import load
from binder_deploy.cli.app import run
from binder_deploy.cli.commands import completing
from binder_deploy.cli.flows import rotate
from binder_deploy.rehearsal.folders import KEPT


def test_values_come_from_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kubeconfig").write_text("contexts: [{name: lab}, {name: campus}]\n")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    assert completing.contexts("ca") == ["campus"]
    assert completing.examples("gke") == ["gke", "gke-ip-only"]
    assert "BD-SET-001" in completing.checks("bd-set")
    assert completing.among(["gke", "eks"])("") == ["gke", "eks"]


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A folder in which things have happened."""
    for name in ("20260101-120000", "20260201-120000"):
        (tmp_path / ".binder-deploy" / "backups" / name).mkdir(parents=True)
    (tmp_path / "binder.yaml").write_text(
        "binder: {banned_repositories: [bad/miner, bad/worm], github_token: env:TOKEN}\n"
        "registry: {push: {password: 'file:secret'}, host: 'file.example.org'}\n"
    )
    return tmp_path


def completed(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a shell would offer at the end of these words."""
    monkeypatch.setenv("_BINDER_DEPLOY_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"binder-deploy {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) + words.endswith(" ")))
    capsys.readouterr()
    with pytest.raises(SystemExit):
        run([])
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rollback ", ["latest", "20260201-120000", "20260101-120000"]),
        ("restore 202601", ["20260101-120000"]),
        ("unban bad/m", ["bad/miner"]),
        ("secrets rotate binder", ["binder.github_token"]),
        ("secrets rotate registry", ["registry.push.password"]),
        ("secrets rotate p", ["proxy-token", "passphrase"]),
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "by --file"])
def test_a_deployment_completes_what_is_in_it(
    deployment: Path,
    words: str,
    expected: list[str],
    elsewhere: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir("/" if elsewhere else deployment)
    command, space, last = words.rpartition(" ")
    where = f" --file {deployment}/binder.yaml" if elsewhere else ""
    assert completed(f"{command}{where}{space}{last}", monkeypatch, capsys) == expected


def test_an_empty_folder_completes_what_every_deployment_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert completed("restore ", monkeypatch, capsys) == ["latest"]
    assert completed("unban ", monkeypatch, capsys) == []
    assert completed("secrets rotate ", monkeypatch, capsys) == list(completing.TOKENS)
    assert {*completing.TOKENS} == {one.name for one in (*rotate._TOKENS, rotate._PASSPHRASE)}
    assert completed("check --phase cl", monkeypatch, capsys) == ["cluster"]
    assert completed("logs b", monkeypatch, capsys) == ["binder", "builder"]
    assert completed("state move --from g", monkeypatch, capsys) == ["gs://"]


def test_folders_with_archives_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("archives", "bundles/2026.11", "bundles/notes", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bundles" / "2026.11" / "traefik-1.tgz").touch()
    monkeypatch.chdir(tmp_path)
    assert completed("up --bundle ", monkeypatch, capsys) == ["archives/", "bundles/"]
    assert completed("up --bundle bundles/", monkeypatch, capsys) == ["bundles/2026.11/", "bundles/notes/"]
    assert completed("up --bundle nowhere/", monkeypatch, capsys) == []
    shipped = load().name
    assert completed("upgrade --to ", monkeypatch, capsys) == [shipped, "archives/", "bundles/"]


def test_rehearsals_that_were_kept_can_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINDER_DEPLOY_CACHE", str(tmp_path))
    for name in ("20260101-a", "20260101-b"):
        (tmp_path / "rehearsals" / name).mkdir(parents=True)
    (tmp_path / "rehearsals" / "20260101-b" / KEPT).touch()
    assert completed("rehearse --end ", monkeypatch, capsys) == ["20260101-b"]


@pytest.mark.system
def test_a_shell_gets_them_without_an_sdk(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("contexts: [{name: lab}, {name: campus}]\n")
    (tmp_path / "binder.yaml").write_text("binder: {banned_repositories: [bad/miner]}\n")
    for words, expected in (
        ("binder-deploy up --context ", "campus"),
        ("binder-deploy up --platform ", "existing"),
        ("binder-deploy check --only BD-SET-00", "BD-SET-001"),
        ("binder-deploy config example ", "gke-ip-only"),
        ("binder-deploy unban ", "bad/miner"),
    ):
        code = (
            "import sys; from binder_deploy.cli.app import run; code = run([]);"
            "heavy = [m for m in ('pulumi', 'kubernetes', 'pydantic', 'boto3', 'google.auth') if m in sys.modules];"
            "print('HEAVY', heavy)"
        )
        asked = {
            "_BINDER_DEPLOY_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split())) if words.endswith(" ") else str(len(words.split()) - 1),
            "KUBECONFIG": str(tmp_path / "kubeconfig"),
        }
        ended = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True, cwd=tmp_path
        )
        assert expected in ended.stdout.split(), ended
        assert "HEAVY []" in ended.stdout or "HEAVY" not in ended.stdout
