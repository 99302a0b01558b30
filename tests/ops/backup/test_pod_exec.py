"""Programs run in pods by the websocket of the API server: bytes arrive whole, and how it ended is told."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client import CoreV1Api
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as websocket_server

from binder_deploy.ops.backup.database import copy
from binder_deploy.ops.backup.pod_exec import At, ExecFailed, in_pod
from binder_deploy.ops.client import api_client

pytestmark = pytest.mark.system

AT = At("hub-5c76b844d7-9b6q2", "hub")
STDIN, STDOUT, STDERR, ENDED = 0, 1, 2, 3


class Kubelet:
    """Runs what it is told on this machine, and speaks the protocol of `exec`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.forbidden = False
        self.cut_off_after: int | None = None
        """Bytes of output."""
        self.resets = False
        """The connection is gone, and not closed, once the program has ended."""
        self.gone = threading.Event()

    def refuse(self, connection: ServerConnection, request: Any) -> Any:
        return connection.respond(HTTPStatus.FORBIDDEN, "pods/exec is forbidden") if self.forbidden else None

    def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.asked.append(connection.request.path)
        _, *command = parse_qs(urlsplit(connection.request.path).query)["command"]
        process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdin and process.stdout and process.stderr
        given = process.stdin

        def feed() -> None:
            try:
                for message in connection:
                    assert isinstance(message, bytes)
                    if message[0] == STDIN:
                        given.write(message[1:])
                        given.flush()
            except (ConnectionClosed, OSError):
                pass

        threading.Thread(target=feed, daemon=True).start()
        sent = 0
        while piece := process.stdout.read1(1000):
            connection.send(bytes([STDOUT]) + piece)
            sent += len(piece)
            if self.cut_off_after is not None and sent > self.cut_off_after:
                process.kill()
                break
        said = process.stderr.read()
        code = process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        if self.cut_off_after is not None:
            connection.socket.close()
            return
        if said:
            connection.send(bytes([STDERR]) + said)
        ended = {"status": "Success"} if not code else {"status": "Failure", "message": f"exit code {code}"}
        connection.send(bytes([ENDED]) + json.dumps(ended).encode())
        if self.resets:
            at_once = struct.pack("ii", 1, 0)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            connection.socket.shutdown(socket.SHUT_RD)
            connection.socket.close()
            self.gone.set()
            return
        connection.close()


@pytest.fixture
def kubelet(tmp_path: Path) -> Iterator[tuple[Kubelet, CoreV1Api]]:
    """One behind an API server's address."""
    made = Kubelet()
    with websocket_server(
        made,
        "127.0.0.1",
        0,
        subprotocols=["v4.channel.k8s.io"],  # type: ignore[list-item]
        process_request=made.refuse,
        compression=None,
        close_timeout=0.2,
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
                    "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
                    "users": [{"name": "me", "user": {}}],
                }
            )
        )
        yield made, CoreV1Api(api_client(kubeconfig))
        server.shutdown()
        thread.join()


def large(place: Path, database: Callable[[Path], Path]) -> Path:
    """Some megabytes that do not repeat."""
    import sqlite3

    database(place)
    with sqlite3.connect(place) as opened:
        opened.execute("CREATE TABLE load (content BLOB)")
        opened.executemany("INSERT INTO load VALUES (randomblob(65536))", [()] * 40)
    opened.close()
    return place


def test_a_database_comes_out_and_goes_in_byte_by_byte(
    kubelet: tuple[Kubelet, CoreV1Api], tmp_path: Path, small_database: Callable[[Path], Path]
) -> None:
    made, api = kubelet
    place = large(tmp_path / "hub.sqlite", small_database)
    revision, size = copy(in_pod(api), AT, str(place), tmp_path / "copy.sqlite")
    assert size > 2_000_000
    assert revision
    content = (tmp_path / "copy.sqlite").read_bytes()
    said = bytearray()
    other = small_database(tmp_path / "other.sqlite")
    arguments = [str(other), str(len(content)), hashlib.sha256(content).hexdigest(), "b1"]
    in_pod(api)(AT, "receive", arguments, (content[:1000], content[1000:]), said.extend)
    assert json.loads(said)["kept"] == f"{other}.before-b1"
    assert other.read_bytes() == content
    assert all(len(path) < 2000 for path in made.asked), "proxies refuse long addresses"
    assert f"/api/v1/namespaces/binder/pods/{AT.pod}/exec" in made.asked[0]
    assert "container=hub" in made.asked[0]


def test_a_program_that_fails_is_told_in_its_own_words(kubelet: tuple[Kubelet, CoreV1Api], tmp_path: Path) -> None:
    _, api = kubelet
    with pytest.raises(ExecFailed, match=r"there is no database at .*hub\.sqlite"):
        copy(in_pod(api), AT, str(tmp_path / "hub.sqlite"), tmp_path / "copy")


def test_a_program_that_ends_before_it_has_everything_is_told_in_its_own_words(
    kubelet: tuple[Kubelet, CoreV1Api], tmp_path: Path, small_database: Callable[[Path], Path]
) -> None:
    made, api = kubelet
    made.resets = True
    other = small_database(tmp_path / "other.sqlite")
    before = other.read_bytes()

    def pieces() -> Iterator[bytes]:
        yield bytes(60_000)
        assert made.gone.wait(20)
        yield from (bytes(60_000) for _ in range(100))

    with pytest.raises(ExecFailed, match="nothing was exchanged"):
        in_pod(api)(AT, "receive", [str(other), "10", "0" * 64, "b1"], pieces(), lambda piece: None)
    assert other.read_bytes() == before


def test_a_connection_that_is_cut_off_is_no_success(
    kubelet: tuple[Kubelet, CoreV1Api], tmp_path: Path, small_database: Callable[[Path], Path]
) -> None:
    made, api = kubelet
    made.cut_off_after = 500_000
    place = large(tmp_path / "hub.sqlite", small_database)
    with pytest.raises(ExecFailed, match="cut off"):
        copy(in_pod(api), AT, str(place), tmp_path / "copy")


def test_a_missing_right_is_named(kubelet: tuple[Kubelet, CoreV1Api], tmp_path: Path) -> None:
    made, api = kubelet
    made.forbidden = True
    with pytest.raises(ExecFailed, match="the right to create pods/exec"):
        copy(in_pod(api), AT, "/srv/jupyterhub/jupyterhub.sqlite", tmp_path / "copy")
