"""The way into the cluster and to the pages is told at once where it is known, and otherwise it is said what to run."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "with space"
    folder.mkdir()
    (folder / "binder.yaml").write_text(GKE)
    return folder / "binder.yaml"


@pytest.fixture
def kubeconfig(file: Path) -> Path:
    work = file.parent / ".binder-deploy"
    work.mkdir()
    (work / "kubeconfig").write_text("kind: Config\n")
    return work / "kubeconfig"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(list(arguments)) == exits.DONE
    return capsys.readouterr().out


def test_the_kubeconfig_is_told_in_three_ways(file: Path, kubeconfig: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--file", str(file)]
    told = said(capsys, "kubeconfig", *where)
    shell = subprocess.run(["sh", "-c", f'{told}printf %s "$KUBECONFIG"'], capture_output=True, text=True, check=True)
    assert shell.stdout == str(kubeconfig)
    assert said(capsys, "kubeconfig", "--path", *where) == f"{kubeconfig}\n"
    assert said(capsys, "kubeconfig", "--print", *where) == "kind: Config\n"
    assert run(["kubeconfig", "--path", "--print", *where]) == exits.USAGE


@pytest.mark.parametrize("command", [["kubeconfig"], ["logs"], ["drift"]], ids=lambda command: command[0])
def test_without_a_deployment_it_is_said_what_to_run(
    command: list[str], file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_deploy.cli.flows.living.get_tools", lambda *_, **__: 1 / 0)
    assert run([*command, "--file", str(file)]) == exits.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert "binder-deploy up" in " ".join(err.split())
    assert not (file.parent / ".binder-deploy").exists(), "looking makes nothing"


@pytest.mark.parametrize(
    ("part", "url"), [([], "https://binder.campus.example.org/"), (["hub"], "https://hub.campus.example.org/")]
)
def test_a_page_is_opened_and_its_address_written(
    part: list[str], url: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda at: opened.append(at) or False)
    assert said(capsys, "open", *part, "--file", str(file)) == f"{url}\n"
    assert opened == [url]


def test_the_way_to_the_monitoring_is_told_and_no_password_with_it(
    file: Path, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(file.read_text() + "\nmonitoring: {}\n")
    lines = said(capsys, "open", "monitoring", "--file", str(file)).splitlines()
    commands = [shlex.split(line) for line in lines if not line.startswith("#")]
    assert [command[:5] for command in commands] == [
        ["kubectl", "--kubeconfig", str(kubeconfig), "-n", "binder-monitoring"]
    ] * 2
    assert commands[0][5:] == ["port-forward", "service/grafana", "3000:80"]
    assert commands[1][-1] == 'go-template={{index .data "admin-password" | base64decode}}'


def test_where_there_is_no_monitoring_the_setting_is_named(
    file: Path, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["open", "monitoring", "--file", str(file)]) == exits.USAGE
    assert "monitoring: {}" in capsys.readouterr().err


@pytest.mark.system
def test_the_quick_ways_do_not_load_the_engine(file: Path, kubeconfig: Path) -> None:
    code = (
        "import sys; from binder_deploy.cli.app import run;"
        f"run(['kubeconfig', '--file', {str(file)!r}]);"
        "print([m for m in ('pulumi', 'kubernetes') if m in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip().endswith("[]")
