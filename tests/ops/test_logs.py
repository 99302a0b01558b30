"""Logs are read and followed line by line, of pods to come, too; what is secret is left out, a key as a whole."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from binder_deploy.ops import logs as module
from binder_deploy.ops.logs import COMPONENTS, Cleaner, Container, Line, Wanted, follow, read
from binder_deploy.ops.redact import MARK, Redactor
from binder_deploy.ops.release_storage import ClusterSilent

HUB = Wanted(("binder",), COMPONENTS["hub"][1])


def pod(name: str, restarts: int = 0, state: str = "running") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "binder"},
        "status": {"containerStatuses": [{"name": "main", "restartCount": restarts, "state": {state: {}}}]},
    }


class Cluster:
    """An API server with pods that write: `say` gives a line to whoever follows."""

    def __init__(self) -> None:
        self.pods: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.written: dict[str, list[str]] = {}
        self.refused: set[str] = set()
        self.followers: dict[str, queue.Queue[str | None]] = {}
        self.began = threading.Semaphore(0)

    def say(self, name: str, text: str | None) -> None:
        """A line; None cuts the connection off, or ends the container."""
        if text is not None:
            self.written[name].append(text)
        self.followers[name].put(text)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Cluster, Path]]:
    made = Cluster()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            made.asked.append((parts.path, query))
            if parts.path == "/api/v1/namespaces/binder/pods":
                self._answer(200, json.dumps({"items": made.pods}).encode())
                return
            name = parts.path.split("/")[-2]
            if name in made.refused:
                self._answer(500, b"{}")
            elif "follow" in query:
                self._stream(name)
            else:
                self._answer(200, "".join(f"{line}\n" for line in made.written[name]).encode())

        def _stream(self, name: str) -> None:
            made.followers[name] = queue.Queue()
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in list(made.written[name]):
                self._chunk(f"{line}\n")
            made.began.release()
            while (line := made.followers[name].get()) is not None:
                self._chunk(f"{line}\n")
            self.wfile.write(b"0\r\n\r\n")

        def _chunk(self, text: str) -> None:
            self.wfile.write(f"{len(text):x}\r\n{text}\r\n".encode())
            self.wfile.flush()

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "users": [{"name": "u", "user": {}}],
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }  # fmt: skip
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(config))
    yield made, file
    for followers in made.followers.values():
        followers.put(None)
    server.shutdown()
    server.server_close()


def test_every_container_that_ran_is_read_with_its_pods_name(cluster: tuple[Cluster, Path]) -> None:
    made, kubeconfig = cluster
    made.pods = [pod("hub-b"), pod("hub-a"), pod("hub-c", state="waiting"), pod("hub-d")]
    made.written = {"hub-a": ["T1 one", "T2 two words"], "hub-b": ["T1 three"]}
    made.refused = {"hub-d"}
    refused: list[tuple[str, str]] = []
    lines = list(read(kubeconfig, HUB, since_s=600, tail=5, refused=lambda c, why: refused.append((c.pod, why))))
    assert [(line.container.pod, line.at, line.text) for line in lines] == [
        ("hub-a", "T1", "one"),
        ("hub-a", "T2", "two words"),
        ("hub-b", "T1", "three"),
    ]
    assert refused == [("hub-d", "500 Internal Server Error")]
    assert made.asked[0][1]["labelSelector"] == "app=jupyterhub,component=hub"
    (query, *_) = (query for path, query in made.asked if path.endswith("/log"))
    assert (query["sinceSeconds"], query["tailLines"], query["timestamps"]) == ("600", "5", "true")


def test_what_was_written_before_is_of_those_that_were_started_again(cluster: tuple[Cluster, Path]) -> None:
    made, kubeconfig = cluster
    made.pods = [pod("hub-a"), pod("hub-b", restarts=2, state="waiting")]
    made.written = {"hub-b": ["T1 died of it"]}
    assert [line.text for line in read(kubeconfig, HUB, previous=True)] == ["died of it"]
    assert [query.get("previous") for path, query in made.asked if path.endswith("/log")] == ["true"]


def test_a_pod_is_found_by_how_its_name_begins(cluster: tuple[Cluster, Path]) -> None:
    made, kubeconfig = cluster
    made.pods = [pod("hub-1"), pod("binder-1")]
    made.written = {"hub-1": ["T a"], "binder-1": ["T b"]}
    assert [line.text for line in read(kubeconfig, Wanted(("binder",), pod="bind"))] == ["b"]


def test_following_brings_lines_as_they_come_new_pods_and_each_line_once(
    cluster: tuple[Cluster, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    made, kubeconfig = cluster
    made.pods = [pod("hub-a")]
    made.written = {"hub-a": ["2026-01-01T00:00:01Z before"], "hub-b": []}
    with closing(follow(kubeconfig, HUB)) as lines:
        assert next(lines).text == "before"
        made.say("hub-a", "2026-01-01T00:00:02Z now")
        assert next(lines).text == "now"
        made.pods.append(pod("hub-b"))
        begun = threading.Thread(target=lambda: (made.began.acquire(), made.began.acquire(), made.say("hub-b", "T b")))
        begun.start()
        assert next(lines).container.pod == "hub-b"
        begun.join()
        # The connection is cut off: it is opened anew, and what was told is not told again.
        made.say("hub-a", None)
        again = threading.Thread(target=lambda: (made.began.acquire(), made.say("hub-a", "2026-01-01T00:00:03Z later")))
        again.start()
        assert next(lines).text == "later"
        again.join()


def test_a_cluster_that_is_not_there_is_silence(tmp_path: Path) -> None:
    for lines in (read(tmp_path / "absent", HUB), follow(tmp_path / "absent", HUB)):
        with pytest.raises(ClusterSilent):
            next(lines)


def test_a_private_key_is_left_out_whole_and_the_other_containers_lines_stay() -> None:
    cleaner = Cleaner(Redactor(["s3cr3t-value"]))
    one, other = Container("binder", "a", "main", 0), Container("binder", "b", "main", 0)
    said = [
        (one, "key: -----BEGIN RSA PRIVATE KEY-----"),
        (one, "MIIEowIBAAKCAQEAx"),
        (other, "with s3cr3t-value in it"),
        (one, "-----END RSA PRIVATE KEY-----"),
        (one, "after"),
    ]
    assert [cleaner.clean(Line(container, "T", text)) for container, text in said] == [
        f"key: {MARK}",
        None,
        f"with {MARK} in it",
        None,
        "after",
    ]


@pytest.mark.parametrize(("container", "label"), [("hub", "hub-1"), ("main", "hub-1/main")])
def test_a_line_is_labelled_with_what_tells_it_apart(container: str, label: str) -> None:
    assert Container("binder", "hub-1", container, 0).label == label
