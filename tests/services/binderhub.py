"""What a BinderHub answers at its launch address, word for word as its handlers do (`binderhub/builder.py`).

It builds nothing: a script, chosen by the test, says which events come. Where a launch ends well, the server is a real
hub's (`jupyterhub.py`).
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request for a launch."""

    spec: str
    """`PROVIDER/SPEC`, as it was sent."""
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]


class Answer:
    """How a script answers."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler, self._open = handler, False

    def event(self, phase: str | None = None, message: str = "", **more: Any) -> None:
        """An event; without a phase it is a line of a log."""
        data = ({"phase": phase} if phase is not None else {}) | ({"message": message} if message else {}) | more
        self.raw(f"data: {json.dumps(data)}\n\n")

    def keep_alive(self) -> None:
        self.raw(":keepalive\n\n")

    def raw(self, text: str) -> None:
        """Bytes of the stream, in a chunk of their own."""
        if not self._open:
            self.begin()
        data = text.encode()
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self._handler.wfile.flush()

    def begin(self, **headers: str) -> None:
        """Status 200 and the headers of an event stream."""
        self._open = True
        self._handler.send_response(200)
        sent = {"content-type": "text/event-stream", "cache-control": "no-cache", "transfer-encoding": "chunked"}
        for name, value in (sent | headers).items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def end(self) -> None:
        """The stream's proper end."""
        if self._open:
            self._handler.wfile.write(b"0\r\n\r\n")
            self._open = False

    def cut(self) -> None:
        """The connection is lost."""
        self._handler.wfile.flush()
        self._handler.connection.shutdown(socket.SHUT_RDWR)
        self._open = False

    def page(self, status: int, text: str, **headers: str) -> None:
        """No stream but a page, as a proxy in front would send it."""
        body = text.encode()
        self._handler.send_response(status)
        for name, value in ({"content-type": "text/html; charset=utf-8"} | headers).items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("content-length", str(len(body)))
        self._handler.send_header("connection", "close")
        self._handler.end_headers()
        self._handler.wfile.write(body)


Script = Callable[[Asked, Answer], None]


@dataclass
class Binder:
    """The imitation, and what a test may set and see."""

    url: str
    """With a slash at its end."""
    script: Script
    api_only: bool = False
    login: str | None = None
    """Token of the only user that is let in; None lets everybody in."""
    limit: int = 10
    """Launches without a build token."""
    asked: list[Asked] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """Build token → the spec that it is for."""
    done: threading.Event = field(default_factory=threading.Event)
    """Set at teardown: scripts that wait end with it."""

    def page(self, spec: str, headers: Mapping[str, str], answer: Answer) -> None:
        """`/v2/PROVIDER/SPEC`: the page that a visitor sees first."""
        if self.api_only:
            return answer.page(404, "404: Not Found")
        if not self._let_in(headers):
            return answer.page(302, "", location="/hub/login?next=")
        token = f"{secrets.token_urlsafe(8)}.{secrets.token_urlsafe(8)}.{secrets.token_urlsafe(8)}"
        self.tokens[token] = spec
        config = json.dumps({"baseUrl": "/", "buildToken": token})
        return answer.page(200, f"<html><script>\n window.pageConfig = {config};\n</script></html>")

    def build(self, asked: Asked, answer: Answer) -> None:
        """`/build/PROVIDER/SPEC`."""
        self.asked.append(asked)
        if "text/event-stream" not in {part.strip().lower() for part in asked.headers.get("accept", "").split(";")}:
            return _error(answer, 400, "Missing Accept header: text/event-stream")
        if not self._let_in(asked.headers):
            return _error(answer, 403, "Forbidden")
        token = (asked.query.get("build_token") or [""])[0]
        if token and self.tokens.get(token) != asked.spec:
            return _error(answer, 403, "Invalid build token")
        if not token and self.login is None:
            self.limit -= 1
            if self.limit < 0:
                return _error(answer, 429, "Rate limit exceeded. Try again in 3600 seconds.")
        self.script(asked, answer)
        return answer.end()

    def _let_in(self, headers: Mapping[str, str]) -> bool:
        return self.login is None or headers.get("authorization") == f"Bearer {self.login}"


def _error(answer: Answer, status: int, message: str) -> None:
    answer.event("failed", f"{message}\n", status_code=status)
    answer.end()


@contextmanager
def imitated_binder(script: Script) -> Iterator[Binder]:
    """One that listens on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer, (_, room, spec) = Answer(self), (*parts.path.split("/", 2), "")[:3]
            self.close_connection = True
            try:
                if room == "v2":
                    binder.page(spec, headers, answer)
                elif room == "build":
                    binder.build(Asked(spec, headers, parse_qs(parts.query)), answer)
                elif parts.path == "/hub/login":
                    answer.page(200, "<html>Sign in</html>")
                else:
                    answer.page(404, "404: Not Found")
            except ConnectionError:
                pass  # the one who asked has gone

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    binder = Binder(f"http://127.0.0.1:{server.server_port}/", script)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield binder
    finally:
        binder.done.set()
        server.shutdown()
        server.server_close()


class Builds:
    """A script: a Binder that builds what it does not know yet, and launches at a real hub.

    `launch(name, token, image)` starts a server and gives its address. `readable`: false is a registry that refuses to
    say which images it has, so that every launch builds.
    """

    def __init__(self, launch: Callable[[str, str, str], str], *, readable: bool = True, image: str = "image") -> None:
        self.readable, self.image = readable, image
        self.users: list[str] = []
        self.launching = threading.Event()
        """Set when a server is about to be started."""
        self._launch, self._known = launch, set[str]()

    def __call__(self, asked: Asked, answer: Answer) -> None:
        if self.readable and asked.spec in self._known:
            answer.event("built", "Found built image, launching...\n", imageName=self.image)
        else:
            answer.event("waiting", "Waiting for build to start...\n")
            answer.event("fetching", "Picked Git content provider.\n")
            answer.event("fetching", "HEAD is now at 0a1b2c3\n")
            answer.event("building", "Step 1/3 : FROM buildpack-deps\n")
            answer.event(None, "\x1b[32mcollected\x1b[0m 12 packages\r\n")
            answer.event("unknown")
            answer.keep_alive()
            answer.event("pushing", "Pushing image\n")
            answer.event("built", "Built image, launching...\n", imageName=self.image)
            self._known.add(asked.spec)
        answer.event("launching", "Launching server...\n")
        self.launching.set()
        user, token = f"repo-{secrets.token_hex(4)}", secrets.token_urlsafe(16)
        self.users.append(user)
        try:
            url = self._launch(user, token, self.image)
        except Exception as error:
            answer.event("failed", f"{error}\n", status_code=500)
            return
        answer.event("ready", f"server running at {url}\n", url=url, token=token, image=self.image, repo_url="x")
