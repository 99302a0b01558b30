"""Runs one cell in a launched server, over the same websocket that a notebook uses."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from binder_deploy.checks.launch.http import client, tls, unreachable
from binder_deploy.checks.launch.model import Cell, Failure, LaunchFailed, Request, Server
from binder_deploy.checks.launch.server import authorization, kernel_language

_PRINTS = {"python": "print({} * {})", "julia": "println({} * {})", "r": "cat({} * {})"}
_INGRESS = "see that every proxy on the way lets websockets through: `binder-deploy check --phase ingress`"


def run_cell(request: Request, server: Server) -> Cell | None:
    """Multiply two numbers in the default kernel and compare the output.

    None where nobody taught us the kernel's language. Raises `LaunchFailed` in stage `server` or `cell`.
    """
    name, language = kernel_language(request, server)
    template = _PRINTS.get(language.lower())
    if template is None:
        return None
    a, b = random.randint(11, 99), random.randint(11, 99)  # noqa: S311  # so that no answer can be an old one
    code, expected = template.format(a, b), str(a * b)
    deadline = time.monotonic() + request.server_timeout_s
    with client(request) as http:
        kernel = _started(http, server, name)
        try:
            output = _output(request, server, kernel, code, deadline)
        finally:
            _removed(http, server, kernel)
    if output.strip() != expected:
        raise _failure(f"{code} gave {output.strip()[:100]!r} instead of {expected}", "see the kernel's own log")
    return Cell(language, code, output.strip())


def _started(http: httpx.Client, server: Server, name: str) -> str:
    try:
        response = http.post(f"{server.url}api/kernels", headers=authorization(server), json={"name": name})
        response.raise_for_status()
        return str(response.json()["id"])
    except httpx.HTTPStatusError as error:
        raise _failure(
            f"the server does not start a kernel: it answers {error.response.status_code}", "see the server's log"
        ) from None
    except httpx.HTTPError as error:
        raise unreachable("cell", server.url, error) from error


def _removed(http: httpx.Client, server: Server, kernel: str) -> None:
    try:
        http.delete(f"{server.url}api/kernels/{kernel}", headers=authorization(server))
    except httpx.HTTPError:
        return  # it ends with its server


def _output(request: Request, server: Server, kernel: str, code: str, deadline: float) -> str:
    session = uuid.uuid4().hex
    address = f"ws{server.url.removeprefix('http')}api/kernels/{kernel}/channels?session_id={session}"
    try:
        with connect(
            address,
            additional_headers=authorization(server),
            ssl=tls(request.verify) if address.startswith("wss:") else None,
            open_timeout=max(1.0, deadline - time.monotonic()),
        ) as socket:
            return _executed(socket, _execute(code, session), code, deadline)
    except TimeoutError:
        raise _failure(
            f"no output of {code} within {request.server_timeout_s:.0f} s", "see whether the kernel died: memory?"
        ) from None
    except InvalidStatus as error:
        raise _failure(f"the kernel's websocket is refused with {error.response.status_code}", _INGRESS) from None
    except (ConnectionClosed, WebSocketException, OSError) as error:
        raise _failure(f"the kernel's websocket broke off ({error})", _INGRESS) from None


def _executed(socket: ClientConnection, request: dict[str, Any], code: str, deadline: float) -> str:
    """The output of a cell. Raises `TimeoutError` when it does not end in time."""
    socket.send(json.dumps(request))
    output = ""
    while True:
        message = _received(socket, deadline)
        if (message.get("parent_header") or {}).get("msg_id") != request["header"]["msg_id"]:
            continue
        kind, content = message.get("msg_type"), message.get("content") or {}
        if kind == "stream" and content.get("name") == "stdout":
            output += str(content.get("text", ""))
        elif kind == "error":
            raise _failure(f"{code} raised {content.get('ename')}: {content.get('evalue')}", "see the kernel's log")
        elif kind == "status" and content.get("execution_state") == "idle":
            return output


def _received(socket: ClientConnection, deadline: float) -> Mapping[str, Any]:
    text = socket.recv(timeout=max(0.0, deadline - time.monotonic()))
    message = json.loads(text) if isinstance(text, str) else {}  # binary ones carry widgets' buffers
    return message if isinstance(message, dict) else {}


def _execute(code: str, session: str) -> dict[str, Any]:
    """An `execute_request` of the Jupyter messaging protocol, version 5.3."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": session,
        "username": "binder-deploy",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": True}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}


def _failure(message: str, remedy: str) -> LaunchFailed:
    return LaunchFailed(Failure("cell", message, remedy))
