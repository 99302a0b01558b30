"""`binder-deploy launch` at any BinderHub: lines for people, JSON for machines, and what each end comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run


def pushes_in_vain(asked: Any, answer: Any) -> None:
    answer.event("building", "Step 1/1 : FROM x\n")
    answer.event("pushing", "denied: requested access to the resource is denied\n")
    answer.event("failed")


def test_a_failure_has_its_stage_its_log_and_its_fix(
    binder: Callable[[Any], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["launch", "owner/repo", "--url", binder(pushes_in_vain).url, "--json"]) == exits.FAILED
    said = capsys.readouterr()
    shown = " ".join(said.err.split())
    for words in ("build: done", "push: failed", "Step 1/1", "could not be pushed: denied", "check --phase binder"):
        assert words in shown
    data = json.loads(said.out)
    assert data["schema"] == "binder-deploy/launch/v1"
    assert data["result"] == "failed"
    assert data["built"] is True
    assert [stage["name"] for stage in data["stages"]] == ["ask", "build", "push"]
    assert data["failure"]["stage"] == "push"
    assert data["failure"]["log"][0] == "Step 1/1 : FROM x"
    assert not data["stopped"]
    assert not data["kept"]


def test_the_log_is_shown_once(binder: Callable[[Any], Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["launch", "owner/repo", "--url", binder(pushes_in_vain).url, "--verbose"]) == exits.FAILED
    assert capsys.readouterr().err.count("Step 1/1") == 1


def test_a_binder_with_a_login_is_exit_3(
    binder: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = binder(pushes_in_vain)
    at.login = "mine"
    assert run(["launch", "owner/repo", "--url", at.url]) == exits.AUTHENTICATION
    assert "BINDER_DEPLOY_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("BINDER_DEPLOY_TOKEN", "mine")
    assert run(["launch", "owner/repo", "--url", at.url]) == exits.FAILED
    said = capsys.readouterr()
    assert "mine" not in said.err + said.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["launch", "nothing", "--url", "https://binder.invalid/"],
        ["launch", "owner/repo", "--url", "binder.invalid"],
        ["launch", "owner/repo", "--url", "https://me:pass@binder.invalid"],
        ["launch", "10.5281/zenodo.1", "--ref", "main", "--url", "https://binder.invalid"],
        ["launch", "owner/repo", "--file", "not-there.yaml"],
        ["launch"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_launched_is_exit_2_before_anything_is_asked(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == exits.USAGE


@pytest.mark.system
def test_a_launch_is_shown_stage_by_stage_and_its_address_at_the_end(
    jupyterhub: Any, binder: Callable[[Any], Any], builds: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    script = builds()
    at = binder(script)
    assert run(["launch", "https://github.com/owner/repo", "--ref", "v1", "--url", at.url.rstrip("/")]) == exits.DONE
    said = capsys.readouterr()
    for title in ("clone", "build", "push", "launch", "reach the server", "run a cell", "stop the server"):
        assert f"{title}: done in" in said.err
    assert said.out == f"{at.url}v2/gh/owner/repo/v1\n"
    assert "collected 12 packages" not in said.err
    assert jupyterhub.running(script.users) == []

    assert run(["launch", "owner/repo", "--ref", "v1", "--url", at.url, "--keep", "--json"]) == exits.DONE
    data = json.loads(capsys.readouterr().out)
    assert data["kept"]
    assert not data["built"]
    assert jupyterhub.running(script.users, within_s=0) == [script.users[1]]
    jupyterhub.kill(script.users)
    url, _, token = data["url"].partition("?token=")
    assert url.endswith(f"/user/{script.users[1]}/")
    assert token
