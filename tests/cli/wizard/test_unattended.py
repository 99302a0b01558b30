"""Without a terminal: flags, the environment and defaults have to be enough, and what is missing is told whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from binder_deploy.cli.app import run
from binder_deploy.settings.address import Cloudflare, ManualDns
from binder_deploy.settings.load import load
from binder_deploy.settings.state import BucketState

FLAGS = {
    "platform": "gke", "project": "demo-project", "region": "europe-west1", "zone": "europe-west1-b",
    "deployment": "campus", "owner": "ada", "address": "domain", "domain": "campus.example.org", "dns": "manual",
    "email": "ops@example.org",
}  # fmt: skip


def arguments(*without: str, **more: str) -> list[str]:
    said = {**FLAGS, **more}
    return [f"--{name.replace('_', '-')}={value}" for name, value in said.items() if name not in without]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def test_a_missing_answer_names_its_three_places(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINDER_DEPLOY_REGION", "europe-west1")
    # What this machine would suggest does not count where nobody can look at it.
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "last-weeks-project")
    assert run(["up", "--platform=gke"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    for flag, path in (("project", "platform.project"), ("zone", "platform.zone"), ("deployment", "name")):
        assert f"give --{flag} or BINDER_DEPLOY_{flag.upper()}, or write {path} in binder.yaml" in said
    assert "--region or" not in said
    assert not (here / "binder.yaml").exists()


def test_yes_answers_no_question_of_the_wizard(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--yes"]) == 2
    assert "give --platform or" in capsys.readouterr().err


def test_every_wrong_answer_is_told_at_once_and_a_secret_is_not_repeated(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"project": "X", "email": "nobody", "access": "github", "client_id": "x", "client_secret": "hunter2"}
    assert run(["init", *arguments(**wrong, organizations="lab")]) == 2
    said = capsys.readouterr().err
    for path in ("platform.project: has the wrong form", "tls.email: has the wrong form", "access.client_secret: must"):
        assert path in said
    assert "hunter2" not in said
    assert not (here / "binder.yaml").exists()


def test_what_a_check_of_the_settings_refuses_is_refused_here(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", *arguments(domain="demo.sslip.io", certificates="production")]) == 2
    assert "all of sslip.io shares one weekly quota" in capsys.readouterr().err


def test_every_value_shows_where_it_came_from(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINDER_DEPLOY_PEOPLE", "25")
    assert run(["init", *arguments()]) == 0
    said = capsys.readouterr()
    for row in ("25  (environment)", "demo-project  (flag)", "staged  (default)"):
        assert row in said.err
    assert not said.out
    assert load(here / "binder.yaml").binder.max_servers == 25


def test_records_of_a_cluster_that_is_there_are_somebody_elses_unless_said_otherwise(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = arguments(
        "project", "region", "zone", "dns", platform="existing", context="lab", registry="ghcr",
        registry_namespace="lab", registry_user="robot",
    )  # fmt: skip
    assert run(["init", *said]) == 0
    assert load(here / "binder.yaml").address.dns == ManualDns()
    zone = "0123456789abcdef0123456789abcdef"
    there = ["--dns=cloudflare", f"--cloudflare-zone={zone}"]
    assert run(["init", "--file", "b.yaml", *said, *there]) == 0
    assert load(here / "b.yaml").platform.model_dump()["address"] is None
    assert run(["init", "--file", "c.yaml", *said, *there, "--entrance=192.0.2.7"]) == 0
    settings = load(here / "c.yaml")
    assert isinstance(settings.address.dns, Cloudflare)
    assert (settings.address.dns.zone_id, str(settings.address.dns.token)) == (zone, "env:CLOUDFLARE_API_TOKEN")
    assert str(settings.platform.model_dump()["address"]) == "192.0.2.7"
    capsys.readouterr()
    assert run(["init", "--file", "d.yaml", *said, "--dns=route53"]) == 2
    assert "address.dns.kind: write one of manual, cloudflare" in capsys.readouterr().err


def test_a_bucket_for_the_state_lets_ci_go_on(here: Path) -> None:
    assert run(["init", *arguments(state="gs://campus-state")]) == 0
    assert load(here / "binder.yaml").state == BucketState(kind="bucket", url="gs://campus-state")


def test_a_file_that_is_there_is_never_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", *arguments()]) == 0
    before = (here / "binder.yaml").read_text()
    assert run(["init", *arguments(people="1")]) == 2
    assert "is not overwritten" in capsys.readouterr().err
    assert (here / "binder.yaml").read_text() == before


def test_a_flag_that_contradicts_the_file_is_refused_and_one_that_repeats_it_is_not(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")  # ends `up` before it needs tools: a local state would be lost
    assert run(["up", *arguments()]) == 2
    assert (here / "binder.yaml").exists()
    capsys.readouterr()
    assert run(["up", *arguments(users="", use="permanent")]) == 2
    assert "the settings file says something else" not in capsys.readouterr().err
    assert run(["up", *arguments(project="another-one")]) == 2
    told = "platform.project: the settings file says something else than the flag; leave --project out"
    assert told in capsys.readouterr().err


def test_the_schema_lies_where_the_first_line_says(here: Path) -> None:
    assert run(["init", *arguments()]) == 0
    first = (here / "binder.yaml").read_text().splitlines()[0]
    schema = json.loads((here / first.removeprefix("# yaml-language-server: $schema=")).read_text())
    assert schema["title"] == "binder-deploy settings"


def test_a_folder_that_is_not_there_is_refused(here: Path) -> None:
    assert run(["init", "--file", "nowhere/binder.yaml", *arguments()]) == 2
