"""Servers behind proxies that do not let everything through, and servers that nobody can ask any more."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from binder_deploy.checks.launch.kernel import run_cell
from binder_deploy.checks.launch.model import LaunchFailed, Request, Server
from binder_deploy.checks.launch.server import reach, stop
from binder_deploy.checks.launch.spec import parse

pytestmark = pytest.mark.system

REQUEST = Request("http://binder.invalid/", parse("owner/repo"), server_timeout_s=1.0)
HUB_TOKEN = "of-the-hub"
PYTHON = {"default": "py", "kernelspecs": {"py": {"spec": {"language": "python"}}}}

Answers = dict[str, list[tuple[int, Any]]]
Serve = Callable[[Answers], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that gives each address's answers one after the other, the last one for ever."""
    started = []

    def serve(answers: Answers) -> Server:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _reply(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                left = answers[f"{self.command} {self.path.partition('?')[0]}"]
                status, body = left[0] if len(left) == 1 else left.pop(0)
                if callable(body):
                    status, body = body(self.headers)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = _reply  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        started.append(http)
        return Server(f"http://127.0.0.1:{http.server_port}/", "token")

    yield serve
    for http in started:
        http.shutdown()
        http.server_close()


def test_a_server_is_waited_for_until_its_route_is_there(serve: Serve) -> None:
    server = serve({"GET /api/kernelspecs": [(404, {}), (503, {}), (200, PYTHON)]})
    assert reach(replace(REQUEST, server_timeout_s=20.0), server) == server


def test_a_page_in_the_server_s_place_is_no_server(serve: Serve) -> None:
    server = serve({"GET /api/kernelspecs": [(200, ["<html>"])]})
    with pytest.raises(LaunchFailed, match="its address gives 200"):
        reach(REQUEST, server)


def test_where_the_hub_keeps_the_tokens_the_caller_s_own_opens_the_server(serve: Serve) -> None:
    def judged(headers: Any) -> tuple[int, Any]:
        return (200, PYTHON) if headers["Authorization"] == f"token {HUB_TOKEN}" else (403, {})

    answers: Answers = {"GET /api/kernelspecs": [(0, judged)]}
    found = reach(Request("http://b.invalid/", REQUEST.spec, HUB_TOKEN, server_timeout_s=1.0), serve(answers))
    assert found.token == HUB_TOKEN
    with pytest.raises(LaunchFailed, match="BINDER_DEPLOY_TOKEN"):
        reach(REQUEST, serve(answers))


def test_a_websocket_that_is_not_let_through_is_told(serve: Serve) -> None:
    server = serve(
        {
            "GET /api/kernelspecs": [(200, PYTHON)],
            "POST /api/kernels": [(201, {"id": "k"})],
            "GET /api/kernels/k/channels": [(400, {})],
            "DELETE /api/kernels/k": [(204, {})],
        }
    )
    with pytest.raises(LaunchFailed, match="websocket is refused with 400") as failed:
        run_cell(REQUEST, server)
    assert "--phase ingress" in failed.value.failure.remedy


def test_a_kernel_that_does_not_start_is_told(serve: Serve) -> None:
    server = serve({"GET /api/kernelspecs": [(200, PYTHON)], "POST /api/kernels": [(500, {})]})
    with pytest.raises(LaunchFailed, match="does not start a kernel: it answers 500"):
        run_cell(REQUEST, server)


def test_a_language_that_we_do_not_know_is_not_tried(serve: Serve) -> None:
    specs = {"default": "c", "kernelspecs": {"c": {"spec": {"language": "C++17"}}}}
    assert run_cell(REQUEST, serve({"GET /api/kernelspecs": [(200, specs)]})) is None


@pytest.mark.parametrize("status", [302, 404, 424, 503])
def test_a_server_is_gone_when_the_hub_answers_in_its_place(status: int, serve: Serve) -> None:
    alive = (200, {"version": "2"})
    server = serve({"POST /api/shutdown": [(200, {})], "GET /api": [alive, alive, (status, {})]})
    stop(replace(REQUEST, server_timeout_s=20.0), server)


@pytest.mark.parametrize("status", [429, 500, 502, 504])
def test_an_answer_that_tells_nothing_about_the_server_does_not_make_it_gone(status: int, serve: Serve) -> None:
    with pytest.raises(LaunchFailed, match=f"its address answers {status}"):
        stop(REQUEST, serve({"POST /api/shutdown": [(200, {})], "GET /api": [(status, {})]}))


def test_a_server_that_refuses_the_order_is_told_with_its_answer(serve: Serve) -> None:
    with pytest.raises(LaunchFailed, match="answers 403 to the order"):
        stop(REQUEST, serve({"POST /api/shutdown": [(403, {})], "GET /api": [(200, {"version": "2"})]}))


def test_an_address_that_cannot_be_asked_does_not_make_a_server_gone() -> None:
    with pytest.raises(LaunchFailed, match="did not get through"):
        stop(REQUEST, Server("http://127.0.0.1:9/", "token"))
