"""A service with its way in: a real JupyterHub behind its real proxy, a BinderHub that follows the documented protocol,
and before both a door that ends TLS, as an ingress does. Tests break one thing at a time."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import httpx
import pytest
import trustme
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from binder_deploy.checks.catalogue.web import CHECKS
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Verdict
from binder_deploy.checks.probes import web
from binder_deploy.checks.probes.cluster import cluster_probes
from binder_deploy.checks.probes.web.browser import Browser, Trust
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

BINDER, HUB = "binder.example.org", "hub.example.org"
T = TypeVar("T")


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.run(_cancelled())
    made.loop.call_soon_threadsafe(made.loop.stop)


async def _cancelled() -> None:
    """End what still runs: a browser that gave up leaves its request behind."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@dataclass
class Door:
    """The way in: ends TLS, redirects plain HTTP, leads hosts to ports. What it does wrong is up to the test."""

    certificate: ssl.SSLContext
    backends: dict[str, int] = field(default_factory=dict)
    """Host → port; a host that is not here is answered 404, as an ingress does."""
    plain: str = "redirect"
    """What port 80 does: `redirect`, `serve`, or redirect to this address."""
    refuses_encoded_slashes: bool = False
    decodes: bool = False
    loses: frozenset[str] = frozenset()
    """Request headers that do not get through, lower case."""
    adds: dict[str, str] = field(default_factory=dict)
    """Request headers."""
    answers_with: tuple[str, ...] = ()
    """Lines that are added to every answer's head."""
    refuses_upgrades: bool = False
    rewrites: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Host → what is replaced in its answers, by something of the same length."""
    delay_s: float = 0.0
    https: int = 0
    http: int = 0

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secure: bool) -> None:
        try:
            await self._serve(reader, writer, secure)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the browser is gone
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secure: bool) -> None:
        begin = await reader.readexactly(1)
        if begin == b"\x16":  # the first byte of TLS
            return self._answer(writer, "400 Bad Request")
        first, *lines = (begin + await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        host = headers["host"].split(":")[0]
        await asyncio.sleep(self.delay_s)
        if not secure and self.plain != "serve":
            to = f"https://{host}{target}" if self.plain == "redirect" else self.plain
            return self._answer(writer, "301 Moved Permanently", f"Location: {to}")
        if self.refuses_encoded_slashes and "%2f" in target.lower():
            return self._answer(writer, "400 Bad Request")
        if self.refuses_upgrades and "upgrade" in headers:
            return self._answer(writer, "426 Upgrade Required")
        if host not in self.backends:
            return self._answer(writer, "404 Not Found")
        headers |= {"connection": headers["connection"] if "upgrade" in headers else "close"}
        headers |= {"x-forwarded-proto": "https" if secure else "http", **self.adds}
        kept = [f"{key}: {value}" for key, value in headers.items() if key not in self.loses]
        target = unquote(target) if self.decodes else target
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self.backends[host])
        except OSError:
            return self._answer(writer, "502 Bad Gateway")
        forth.write("\r\n".join([f"{method} {target} HTTP/1.1", *kept, "", ""]).encode())
        head = await back.readuntil(b"\r\n\r\n")
        writer.write(head[:-2] + "".join(f"{line}\r\n" for line in self.answers_with).encode() + b"\r\n")
        while part := await back.read(65536):
            writer.write(part.replace(*self.rewrites[host]) if host in self.rewrites else part)
        forth.close()
        return None

    @staticmethod
    def _answer(writer: asyncio.StreamWriter, status: str, *lines: str) -> None:
        head = [f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *lines]
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def certify(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """A server's TLS, with a certificate of the authority's (or of another one) for these names."""

    def made(*names: str, by: trustme.CA = authority, **validity: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        by.issue_cert(*names, **validity).configure_cert(context)
        return context

    return made


@pytest.fixture
def door(loop: Loop, certify: Callable[..., ssl.SSLContext]) -> Iterator[Door]:
    made = Door(certify(BINDER, HUB))
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def choose(tls: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        tls.context = made.certificate

    listening.sni_callback = choose
    servers = []
    for secure in (True, False):
        enter = functools.partial(made.enter, secure=secure)
        serve = asyncio.start_server(enter, "127.0.0.1", 0, ssl=listening if secure else None)
        servers.append(loop.run(serve))
    made.https, made.http = (server.sockets[0].getsockname()[1] for server in servers)
    yield made
    for server in servers:
        loop.loop.call_soon_threadsafe(server.close)


@dataclass
class Binder:
    """What BinderHub answers, by its documentation."""

    port: int = 0
    cors: str = ""
    services: dict[str, bool] = field(default_factory=lambda: {"Docker registry": True, "JupyterHub API": True})
    full: bool = False
    """The quota is used up, which is not an illness."""
    looks: int = 0
    ill_from_look: int = 10**6
    launch_pages: bool = True
    events: str = "text/event-stream"


def _application(binder: Binder) -> Application:
    class Base(RequestHandler):
        def set_default_headers(self) -> None:
            if binder.cors:
                self.set_header("Access-Control-Allow-Origin", binder.cors)

    class Versions(Base):
        def get(self) -> None:
            self.set_header("Access-Control-Allow-Origin", "*")
            self.write({"builder_info": {}, "binderhub": "1.0.0-0.dev.git.3983.h383374de"})

    class Health(Base):
        def get(self) -> None:
            binder.looks += 1
            services = {name: well and binder.looks < binder.ill_from_look for name, well in binder.services.items()}
            checks: list[dict[str, Any]] = [{"service": name, "ok": well} for name, well in services.items()]
            checks.append({"service": "Pod quota", "ok": not binder.full, "_ignore_failure": True})
            self.set_status(200 if all(services.values()) else 503)
            self.write({"ok": all(services.values()), "checks": checks})

    class Launch(Base):
        def get(self, provider: str) -> None:
            if not binder.launch_pages:
                raise HTTPError(404)
            spec = self.request.path.partition(f"/v2/{provider}/")[2]
            self.write(f'<html><meta property="og:title" content="{provider}: {spec}"></html>')

    class Build(Base):
        def get(self) -> None:
            self.set_header("Content-Type", binder.events)
            wanted = self.request.headers.get("Accept") == "text/event-stream"
            refused = {"phase": "failed", "status_code": 403 if wanted else 400, "message": "Invalid build token\n"}
            assert self.get_argument("build_token") == "none", "this would have counted as a launch"
            self.write(f"data: {json.dumps(refused)}\n\n")

    return Application([("/versions", Versions), ("/health", Health), ("/v2/([^/]+)/.*", Launch), ("/build/.*", Build)])


def _listen(loop: Loop, application: Application) -> tuple[HTTPServer, int]:
    async def start() -> tuple[HTTPServer, int]:
        server = HTTPServer(application)
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        server.add_socket(listening)
        return server, listening.getsockname()[1]

    return loop.run(start())


@pytest.fixture
def binder(loop: Loop, door: Door) -> Iterator[Binder]:
    made = Binder()
    server, made.port = _listen(loop, _application(made))
    door.backends[BINDER] = made.port
    yield made
    loop.loop.call_soon_threadsafe(server.stop)


@dataclass
class Chart:
    """What BinderHub was given."""

    hub_url: str = f"https://{HUB}/"
    cors: str = ""


@pytest.fixture
def chart() -> Chart:
    return Chart()


@pytest.fixture
def kubeconfig(loop: Loop, chart: Chart, tmp_path: Path) -> Iterator[Path]:
    """Leads to an API server that has BinderHub's Secret and nothing else."""

    class Secret(RequestHandler):
        def get(self) -> None:
            given = {"config": {"BinderHub": {"hub_url": chart.hub_url, "cors_allow_origin": chart.cors}}}
            self.write({"data": {"values.yaml": base64.b64encode(json.dumps(given).encode()).decode()}})

    server, port = _listen(loop, Application([("/api/v1/namespaces/binder/secrets/binder-secret", Secret)]))
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(config))
    yield file
    loop.loop.call_soon_threadsafe(server.stop)


@dataclass(frozen=True)
class Hub:
    port: int
    version: str
    token: str = field(repr=False)


@pytest.fixture
def hub(jupyterhub: Any, door: Door) -> Hub:
    """The real one, reached through the door."""
    version = httpx.get(f"{jupyterhub.url}hub/api", trust_env=False).json()["version"]
    port = urlsplit(jupyterhub.url).port
    assert port
    door.backends[HUB] = port
    return Hub(port, version, jupyterhub.token)


@pytest.fixture
def old_hub(hub: Hub, door: Door) -> Hub:
    """The real one, made out at the door to be of a version with grave flaws."""
    told, old = f'"{hub.version}"', '"4.0.2"'
    door.rewrites[HUB] = (told.encode(), old.ljust(len(told)).encode())
    return replace(hub, version="4.0.2")


@pytest.fixture
def browser(door: Door, authority: trustme.CA) -> Browser:
    """Trusts the test's authority, and finds both hosts at the door."""

    def trust(host: str, place: tuple[str, int]) -> ssl.SSLContext:
        context = httpx.create_ssl_context()
        authority.configure_trust(context)
        return context

    return through(door, trust)


def through(door: Door, trust: Trust) -> Browser:
    ports = {443: door.https, 80: door.http}
    return Browser(lambda place: ("127.0.0.1", ports[place[1]]) if place[0].endswith("example.org") else place, trust)


@pytest.fixture
def judged(settings: Callable[..., Settings], browser: Browser, kubeconfig: Path) -> Callable[..., Verdict]:
    """The verdict of one check on the service as it stands."""
    check_of = {check.id: check for check in CHECKS}

    def verdict(check_id: str, seen: Browser = browser, **how: Any) -> Verdict:
        given = Given(settings=settings(), folder=kubeconfig.parent, kubeconfig=kubeconfig)
        probes = {**cluster_probes(kubeconfig, False), **web.probes(given, seen, **how)}
        (outcome,) = run([check_of[check_id]], probes)
        return outcome.verdict

    return verdict


@pytest.fixture
def look(door: Door) -> Callable[[Trust], Browser]:
    """A browser that verifies in its own way."""
    return lambda trust: through(door, trust)
