"""Well is what says so three times in a row, through the public address; whoever stays ill is named."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from binder_deploy.checks.probes.web.browser import Browser, whoever_issued
from binder_deploy.cli.flows import rollout
from binder_deploy.cli.flows.rollout import NotWell, await_health, await_well
from binder_deploy.settings.load import parse
from binder_deploy.settings.outputs import Outputs

SETTINGS = parse((Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8"))
Serve = Callable[[list[int]], tuple[Browser, list[str]]]


@pytest.fixture(scope="module")
def certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*SETTINGS.address.hosts).configure_cert(context)
    return context


@pytest.fixture
def serve(certificate: ssl.SSLContext) -> Iterator[Serve]:
    """A health page behind TLS that answers with each status in turn, the last one for ever."""
    servers: list[ThreadingHTTPServer] = []

    def start(script: list[int]) -> tuple[Browser, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status = script[min(len(asked), len(script) - 1)]
                asked.append(f"{self.headers['Host']}{self.path}")
                body = {"ok": status == 200, "checks": [{"service": "JupyterHub API", "ok": status == 200}]}
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return Browser(lambda place: ("127.0.0.1", server.server_port), whoever_issued), asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def deployment(tmp_path: Path, simulated: bool = False) -> Any:
    outputs = Outputs("https://b/", "https://h/", "127.0.0.1", "c", "k", "p")
    engine = SimpleNamespace(outputs=lambda: outputs)
    kubeconfig = tmp_path / "kubeconfig"
    return SimpleNamespace(
        settings=SETTINGS, folder=tmp_path, engine=engine, simulated=simulated, kubeconfig=kubeconfig
    )


@pytest.mark.system
def test_three_good_looks_in_a_row_are_wanted(serve: Serve, tmp_path: Path) -> None:
    browser, asked = serve([503, 200, 200, 503, 200, 200, 200, 503])
    await_health(deployment(tmp_path), timeout_s=30, pause_s=0, again_s=0, browser=browser)
    assert asked == ["binder.campus.example.org/health"] * 7, "two good ones and a bad one are not enough"


@pytest.mark.system
def test_what_stays_ill_is_named(serve: Serve, tmp_path: Path) -> None:
    browser, _ = serve([200, 200, 503])
    with pytest.raises(NotWell, match=r"health answers 503: JupyterHub API, for 0 s; .* 3 times in a row"):
        await_health(deployment(tmp_path), timeout_s=0.2, pause_s=0, again_s=0.01, browser=browser)


def test_no_answer_is_not_well_either(tmp_path: Path) -> None:
    browser = Browser(lambda place: ("127.0.0.1", 1))
    with pytest.raises(NotWell, match="does not answer"):
        await_health(deployment(tmp_path), timeout_s=0.05, pause_s=0, again_s=0.01, browser=browser)


def test_what_is_not_rolled_out_is_not_asked_for_its_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "await_rolled_out", lambda kubeconfig, timeout_s: ("hub: 1 old pods are there yet",))
    with pytest.raises(NotWell, match="not rolled out after 600 s: hub: 1 old pods"):
        await_well(deployment(tmp_path), lambda event: None)


def test_a_rehearsal_says_that_health_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "await_rolled_out", lambda kubeconfig, timeout_s: ())
    said: list[object] = []
    await_well(deployment(tmp_path, simulated=True), said.append)
    assert any("not asked in a rehearsal" in getattr(event, "text", "") for event in said)
