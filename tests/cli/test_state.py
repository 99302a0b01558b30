"""What the command line does about a state that is not where it should be; the real engine, S3 on loopback."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from binder_deploy.cli.flows import state as flows
from binder_deploy.cli.flows import upgrade_mark
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice
from binder_deploy.cli.flows.state_site import open_state
from binder_deploy.cli.flows.upgrade_mark import Mark
from binder_deploy.ops.buckets.find import bucket
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.stacks import passphrase, whereabouts
from binder_deploy.stacks.backend import local_state
from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.errors import StateLocked
from binder_deploy.stacks.ledger import Ledger, identity
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.site import DRY
from binder_deploy.stacks.torn import file_of

pytestmark = pytest.mark.usefixtures("machine")

SETTINGS = """
version: 1
name: campus
tags: { owner: research-it }
platform: { kind: gke, project: campus-binder, region: europe-west1, zone: europe-west1-b }
address: { domain: campus.example.org }
tls: { email: it@campus.example.org }
"""
REGION = "eu-central-1"


def settings(text: str = "") -> Settings:
    return parse(SETTINGS + text)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 on loopback, and a bucket in it that does not exist yet."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    yield f"s3://state-{uuid.uuid4()}/binders"
    server.stop()


def make(s3: str) -> None:
    """Make the bucket, as somebody else would."""
    there = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket=urlsplit(s3).netloc, CreateBucketConfiguration=there)


def nothing(_event: object) -> None:
    pass


def test_pulumi_cloud_without_a_token_is_refused_with_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="PULUMI_ACCESS_TOKEN"):
        open_state(settings("state: { kind: pulumi-cloud, organization: campus }"), tmp_path, {}, nothing)


@pytest.fixture
def open_(tmp_path: Path, tools: Mapping[str, Path]) -> Callable[..., Engine]:
    """Opens and deploys, as `up` does: a program of one resource."""

    def opened(at: Settings, folder: str = "one", confirm: Callable[[str], bool] | None = None) -> Engine:
        import pulumi

        (tmp_path / folder).mkdir(exist_ok=True)
        site = open_state(at, tmp_path / folder, tools, nothing, confirm)

        def program() -> None:
            Ledger(identity(at), pulumi.Config("binder-deploy"))

        engine = Engine(site, at.name, program)
        engine.configure_secrets({"hubToken": "h" * 64})
        return engine

    return opened


@pytest.mark.system
def test_a_missing_bucket_is_made_when_asked_and_until_then_a_plan_is_one_from_nothing(
    s3: str, open_: Callable[..., Engine], tmp_path: Path, tools: Mapping[str, Path]
) -> None:
    shared = settings(f"state: {{ kind: bucket, url: '{s3}', region: {REGION} }}")
    (tmp_path / "one").mkdir()
    said: list[object] = []
    site = open_state(shared, tmp_path / "one", tools, said.append)
    assert site.work.name == DRY
    assert any(isinstance(event, Notice) and "does not exist (`up` makes it)" in event.text for event in said)
    assert bucket(s3).look("campus") is None
    with pytest.raises(Refused, match="without the bucket"):
        open_(shared, confirm=lambda question: False)
    asked: list[str] = []
    engine = open_(shared, confirm=lambda question: bool(asked.append(question)) or True)
    assert s3 in asked[0]
    assert REGION in asked[0]
    engine.up(nothing)
    seen = bucket(s3).look("campus")
    assert seen is not None
    assert seen.versioned
    assert seen.ours
    assert not (tmp_path / "one" / ".binder-deploy" / DRY).exists()
    engine.destroy(nothing)
    assert bucket(s3).look("campus") is not None, "never removed"


@pytest.mark.system
def test_a_state_that_the_settings_left_behind_is_not_forgotten(
    s3: str, open_: Callable[..., Engine], tmp_path: Path, tools: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(s3)
    open_(settings()).up(nothing)
    state, said = local_state(work_folder(tmp_path / "one")), list[object]()
    file_of(state, "campus").write_text('{"version":3,"check')  # a full disk
    open_state(settings(), tmp_path / "one", tools, said.append)
    assert "most likely by a full disk; it was put together again" in str(said)
    assert open_(settings()).preview(nothing).changes == {"same": 2}
    shared = settings(f"state: {{ kind: bucket, url: '{s3}' }}")
    with pytest.raises(Refused, match="binder-deploy state move"):
        open_(shared)
    file = tmp_path / "one" / "binder.yaml"
    file.write_text(SETTINGS + f"state: {{ kind: bucket, url: '{s3}' }}")
    shown = flows.show(file, nothing)
    assert (shown.exists, shown.where) == (False, s3)
    flows.move(file, None, nothing, lambda question: True)
    assert whereabouts.noted(work_folder(tmp_path / "one")) == shared.state
    engine = open_(shared)
    assert engine.preview(nothing).changes == {"same": 2}
    shown = flows.show(file, nothing)
    assert (shown.exists, shown.deployment, shown.moved_to) == (True, identity(shared), None)

    # What is under way on one machine is seen on every other that shares the state.
    mark = upgrade_mark.write(tmp_path / "one", Mark(before="A", after="B", step="rollout", ill=("BD-TLS-002",)))
    said.clear()
    (tmp_path / "three").mkdir()
    open_state(shared, tmp_path / "three", tools, said.append)
    assert "bundle A to B was cut off" in str(said)
    assert upgrade_mark.read(tmp_path / "three") == mark
    with pytest.raises(Refused, match="binder-deploy upgrade"):
        upgrade_mark.refuse_halfway(tmp_path / "three")
    with pytest.raises(Refused, match="binder-deploy upgrade"):
        open_(shared, "four", lambda question: True)
    upgrade_mark.remove(tmp_path / "three")
    assert upgrade_mark.read(tmp_path / "one") is None, "another machine went on with it, to its end"
    upgrade_mark.refuse_halfway(tmp_path / "one")

    assert "passphrases" in shown.secrets
    with pytest.raises(Refused, match=f"moved from .* to {s3}"):
        open_(settings())
    with pytest.raises(Refused, match="campus in project campus-binder"):
        open_(parse(SETTINGS.replace("campus-binder", "another-one") + f"state: {{kind: bucket, url: '{s3}'}}"), "two")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Refused, match=r"state\.kind"):
        open_(settings())
    open_(shared)


@pytest.mark.system
def test_in_ci_no_passphrase_is_made_that_nobody_would_have_afterwards(
    s3: str, open_: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make(s3)
    shared = settings(f"state: {{ kind: bucket, url: '{s3}' }}")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Refused, match=r"state\.key.*PULUMI_CONFIG_PASSPHRASE"):
        open_(shared)
    assert not (tmp_path / "config").exists()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "given")
    open_(shared).up(nothing)


@pytest.mark.system
def test_a_dead_runs_lock_on_a_bucket_is_freed_by_hand(s3: str, open_: Callable[..., Engine], tmp_path: Path) -> None:
    make(s3)
    text = f"state: {{ kind: bucket, url: '{s3}' }}"
    engine = open_(settings(text))
    engine.up(nothing)
    lock = '{"pid": 7, "username": "ci", "hostname": "runner-1", "timestamp": "2026-01-01T00:00:00Z"}'
    key = "binders/.pulumi/locks/organization/binder-deploy/campus/4711.json"
    boto3.client("s3").put_object(Bucket=urlsplit(s3).netloc, Key=key, Body=lock.encode())
    with pytest.raises(StateLocked, match=r"process 7 of ci on runner-1, since 2026.*binder-deploy state unlock"):
        engine.up(nothing)
    file = tmp_path / "one" / "binder.yaml"
    file.write_text(SETTINGS + text)
    with pytest.raises(Refused, match="nothing was changed"):
        flows.unlock(file, nothing, lambda question: False)
    flows.unlock(file, nothing, lambda question: True)
    engine.up(nothing)


@pytest.mark.system
def test_a_lost_passphrase_ends_in_a_new_one_and_in_new_secrets(open_: Callable[..., Engine], tmp_path: Path) -> None:
    at = settings()
    open_(at).up(nothing)
    file = tmp_path / "one" / "binder.yaml"
    file.write_text(SETTINGS)
    with pytest.raises(Refused, match="the passphrase is in"):
        flows.recover(file, nothing, lambda question: True)
    (kept,) = (tmp_path / "config" / "passphrases").iterdir()
    lost = kept.read_text()
    kept.unlink()
    with pytest.raises(passphrase.PassphraseLost, match="binder-deploy state recover"):
        open_(at)
    assert flows.recover(file, nothing, lambda question: True) == ()
    assert kept.read_text() != lost
    engine = open_(at)
    assert engine.up(nothing).changes == {"same": 1, "update": 1}
    assert engine.preview(nothing).changes == {"same": 2}
