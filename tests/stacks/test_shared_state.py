"""A state that several machines share: the real engine, on a folder and on a bucket of a real S3 interface."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import boto3
import keyring
import pulumi
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from binder_deploy.settings.state import BucketState, LocalState, State
from binder_deploy.stacks import ledger, passphrase
from binder_deploy.stacks.backend import Backend, backend
from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.errors import StateLocked
from binder_deploy.stacks.events import ResourceStep
from binder_deploy.stacks.ledger import Ledger, recall, remembered
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.move import copy, empty, leave
from binder_deploy.stacks.passphrase import PassphraseLost
from binder_deploy.stacks.site import closed_site, opened_site
from binder_deploy.stacks.stored import StateOutOfReach, Stored, stored
from binder_deploy.stacks.tokens import TOKENS, missing_tokens

pytestmark = pytest.mark.system

REGION = "eu-central-1"
NAME = "campus"


class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("binder-deploy:test:Thing", name, {"size": 3})
        self.register_outputs({})


def deployment() -> None:
    """A program that is made of what it remembers, and of two things."""
    Ledger("campus in project campus-binder, europe-west1", pulumi.Config("binder-deploy"))
    Thing("one")
    Thing("two")
    pulumi.export("hub", pulumi.Config("binder-deploy").require_secret("hubToken"))


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket_state(s3: str, monkeypatch: pytest.MonkeyPatch) -> BucketState:
    """A bucket of the test's own, and credentials for it in the environment."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    name = f"state-{uuid.uuid4()}"
    boto3.client("s3", region_name=REGION).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return BucketState(kind="bucket", url=f"s3://{name}/binders")


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Which person's machine this is: each has passphrases of their own."""

    def become(name: str) -> None:
        monkeypatch.setattr(passphrase, "user_config_path", lambda _service: tmp_path / name)

    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    become("anna")
    yield become
    keyring.set_keyring(before)


Place = tuple[Backend, Stored | None, Engine]
At = Callable[..., Place]


@pytest.fixture
def at(tmp_path: Path, tools: Mapping[str, Path]) -> At:
    """Opens a state from a folder, as the command line does."""

    def open_from(folder: str, state: State, program: Callable[[], None] = deployment) -> Place:
        (tmp_path / folder).mkdir(exist_ok=True)
        work = work_folder(tmp_path / folder)
        there = backend(state, NAME, work, REGION)
        closed = closed_site(work, tools, there)
        found = stored(closed, NAME)
        engine = Engine(opened_site(closed, there, found), NAME, program)
        recall(engine)
        engine.configure_secrets(missing_tokens(engine.configured()))
        return there, found, engine

    return open_from


def nothing(_event: object) -> None:
    pass


@pytest.fixture(params=["local", "bucket"])
def state(request: pytest.FixtureRequest) -> State:
    return LocalState() if request.param == "local" else request.getfixturevalue("bucket_state")


def test_a_folder_that_lost_its_configuration_keeps_the_tokens(at: At, state: State, tmp_path: Path) -> None:
    _, _, engine = at("one", state)
    engine.up(nothing)
    tokens = engine.configuration()
    assert set(tokens) == set(TOKENS)
    (tmp_path / "one" / ".binder-deploy" / f"Pulumi.{NAME}.yaml").unlink()
    _, _, engine = at("one", state)
    assert engine.configuration() == tokens
    assert engine.preview(nothing).changes == {"same": 4}


def test_a_second_machine_has_the_same_tokens_and_nothing_to_change(
    at: At, bucket_state: BucketState, person: Callable[[str], None], tmp_path: Path
) -> None:
    there, _, engine = at("one", bucket_state)
    engine.up(nothing)
    tokens = engine.configuration()
    person("ben")
    with pytest.raises(PassphraseLost, match=f"{bucket_state.url}.*PULUMI_CONFIG_PASSPHRASE_FILE"):
        at("two", bucket_state)
    (tmp_path / "ben" / "passphrases").mkdir(parents=True)
    (kept,) = (tmp_path / "anna" / "passphrases").iterdir()
    assert kept.name == there.passphrase_id
    (tmp_path / "ben" / "passphrases" / kept.name).write_text(kept.read_text())
    _, found, engine = at("two", bucket_state)
    assert found is not None
    assert engine.configuration() == tokens
    assert engine.preview(nothing).changes == {"same": 4}


def test_a_first_run_that_ends_early_has_its_tokens_remembered(at: At, bucket_state: BucketState) -> None:
    def fails() -> None:
        deployment()
        raise ValueError("no quota")

    _, _, engine = at("one", bucket_state, fails)
    with pytest.raises(Exception, match="no quota"):
        engine.up(nothing)
    tokens = engine.configuration()
    assert at("two", bucket_state)[2].configuration() == tokens


def test_a_state_with_a_key_needs_no_passphrase_anywhere(at: At, bucket_state: BucketState) -> None:
    key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["KeyId"]
    state = bucket_state.model_copy(update={"key": f"awskms:///{key}?region={REGION}"})
    _, _, engine = at("one", state)
    engine.up(nothing)
    tokens = engine.configuration()
    _, _, engine = at("two", state)
    assert engine.configuration() == tokens
    assert engine.preview(nothing).changes == {"same": 4}


def test_what_is_stored_is_seen_without_a_passphrase_and_shows_no_secret(at: At, state: State) -> None:
    _, found, engine = at("one", state)
    assert found is None
    engine.up(nothing)
    _, found, engine = at("one", state)
    assert found is not None
    assert ledger.deployment_in(found.resources) == "campus in project campus-binder, europe-west1"
    assert not any(token in repr(found.resources) for token in engine.configuration().values())
    assert remembered(engine.resources()) == engine.configuration()


def test_a_bucket_that_is_missing_is_no_empty_state(at: At, bucket_state: BucketState) -> None:
    with pytest.raises(StateOutOfReach, match="NoSuchBucket"):
        at("one", bucket_state.model_copy(update={"url": "s3://there-is-none"}))


def test_two_machines_at_once_the_second_learns_who_holds_the_state(at: At, bucket_state: BucketState) -> None:
    _, _, first = at("one", bucket_state)
    _, _, second = at("two", bucket_state)
    held, go_on = threading.Event(), threading.Event()

    def wait(event: object) -> None:
        if isinstance(event, ResourceStep):
            held.set()
            assert go_on.wait(60)

    running = threading.Thread(target=first.up, args=(wait,))
    running.start()
    try:
        assert held.wait(60)
        user, host = os.environ.get("USER", "root"), os.uname().nodename
        with pytest.raises(StateLocked, match=rf"process \d+ of {user} on {host}, since 20.*state unlock"):
            second.up(nothing)
    finally:
        go_on.set()
        running.join()
    recall(second)  # its own tokens were made before the other run's were known
    assert second.preview(nothing).changes == {"same": 4}


def moved_between(source: Place, target: Place) -> None:
    assert copy(source[2], target[2], target[0]) == 4
    leave(source[2], target[0])


@pytest.mark.slow
@pytest.mark.parametrize("outwards", [True, False], ids=["folder to bucket", "bucket to folder"])
def test_a_moved_state_is_the_same_and_the_old_place_says_where_it_is(
    at: At, bucket_state: BucketState, outwards: bool, tmp_path: Path
) -> None:
    old, new = (LocalState(), bucket_state) if outwards else (bucket_state, LocalState())
    source = at("one", old)
    source[2].up(nothing)
    tokens, before = source[2].configuration(), source[2].exported()["deployment"]["resources"]
    target = at("new", new)
    moved_between(source, target)
    assert target[2].exported()["deployment"]["resources"] == before
    folder = "elsewhere" if outwards else "new"
    _, found, engine = at(folder, new)
    assert found is not None and not empty(found.resources)
    assert engine.configuration() == tokens
    assert engine.preview(nothing).changes == {"same": 4}
    _, left, _ = at("one", old)
    assert left is not None and ledger.moved_to(left.resources) == target[0].where
    for file in (p for p in tmp_path.rglob("*") if p.is_file()):
        assert not any(token.encode() in file.read_bytes() for token in tokens.values()), file


KILLED = """
import os, signal, sys
from binder_deploy.stacks import move
from binder_deploy.cli.flows import state
step, file = sys.argv[1:]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(state if step != "contents" else move, {"copy": "copy", "leave": "leave", "contents": "_contents"}[step], die)
from pathlib import Path
state.move(Path(file), None, lambda event: None, lambda question: True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["copy", "contents", "leave"])
def test_a_killed_move_leaves_the_old_state_valid_and_is_run_again(
    at: At, bucket_state: BucketState, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from binder_deploy.cli.flows.errors import Refused
    from binder_deploy.cli.flows.state import move

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    source = at("one", LocalState())
    source[2].up(nothing)
    before = source[2].exported()["deployment"]["resources"]
    file = tmp_path / "one" / "binder.yaml"
    file.write_text(SETTINGS + f"state: {{ kind: bucket, url: '{bucket_state.url}' }}\n")
    ended = subprocess.run([sys.executable, "-c", KILLED, step, str(file)], capture_output=True, text=True, check=False)
    assert ended.returncode == -9, ended.stderr
    assert at("one", LocalState())[2].exported()["deployment"]["resources"] == before
    said: list[object] = []
    move(file, None, said.append, lambda question: True)
    assert at("elsewhere", bucket_state)[2].exported()["deployment"]["resources"] == before
    with pytest.raises(Refused, match=r"moved .* already"):
        move(file, "local", said.append, lambda question: True)


SETTINGS = """
version: 1
name: campus
tags: { owner: research-it }
platform: { kind: gke, project: campus-binder, region: europe-west1, zone: europe-west1-b }
address: { domain: campus.example.org }
tls: { email: it@campus.example.org }
"""
