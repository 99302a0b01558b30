"""A cluster answers, refuses, or is not there: only the last is silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from binder_deploy.ops.reach import answers

pytestmark = pytest.mark.system


class Server(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        body = json.dumps({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "gitCommit": "c", "gitTreeState": "",
                           "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}).encode()  # fmt: skip
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def kubeconfig(folder: Path, port: int) -> Path:
    file = folder / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    file.write_text(
        json.dumps(
            {"apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [cluster],
             "contexts": [context], "users": [{"name": "u", "user": {}}]}
        )
    )  # fmt: skip
    return file


@pytest.mark.parametrize("status", [200, 401, 403, 500])
def test_an_answer_is_an_answer_be_it_a_refusal(
    status: int, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "status", status)
    assert answers(kubeconfig(tmp_path, port))


def test_a_closed_port_and_a_missing_file_are_silence(tmp_path: Path) -> None:
    assert not answers(kubeconfig(tmp_path, 9))
    assert not answers(tmp_path / "absent")
