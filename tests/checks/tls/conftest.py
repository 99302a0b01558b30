"""Servers on loopback that certificates and challenges are asked of, Pebble among them: Let's Encrypt's own
ACME server for tests, with real validation over HTTP."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import json
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.message
import dns.rdatatype
import dns.rrset
import httpx
import josepy
import pytest
import trustme
from acme import challenges, client, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Pem = tuple[bytes, bytes]
"""A chain and its key."""


@dataclass
class Port80:
    """A web server; what it says is what the test wants: `(status, headers, body)` for a host and a path."""

    say: Callable[[str, str], tuple[int, dict[str, str], bytes]] = lambda host, path: (404, {}, b"")
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    stop: Callable[[], None] = lambda: None
    """From then on connections are refused."""


@pytest.fixture
def port80() -> Iterator[Port80]:
    site = Port80()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            site.asked.append((host, self.path))
            status, headers, body = site.say(host, self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _serving(server) as site.port:
        site.stop = server.server_close
        yield site


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Connections are refused there: bound, but nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def port443() -> Iterator[Callable[[Mapping[str, Pem]], int]]:
    """Starts a TLS server that presents a chain for each host: the port. Unknown hosts get the first."""
    with contextlib.ExitStack() as stack:

        def start(presented: Mapping[str, Pem]) -> int:
            contexts = {host: _presenting(pem) for host, pem in presented.items()}
            first = next(iter(contexts.values()))

            def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
                connection.context = contexts.get(host or "", first)

            first.sni_callback = choose  # type: ignore[assignment]

            class Handler(socketserver.BaseRequestHandler):
                def handle(self) -> None:
                    with contextlib.suppress(OSError), first.wrap_socket(self.request, server_side=True) as tls:
                        tls.recv(1)

            return stack.enter_context(_serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)))

        yield start


@pytest.fixture
def authority(tmp_path: Path) -> Callable[..., tuple[Callable[..., Pem], Path]]:
    """Makes a certificate authority by its organisation's name: how it issues, and its own certificate's file."""

    def made(organisation: str = "Trusted Authority") -> tuple[Callable[..., Pem], Path]:
        ca = trustme.CA(organization_name=organisation)
        file = tmp_path / f"{abs(hash(organisation))}.pem"
        ca.cert_pem.write_to_path(str(file))

        def issue(*names: str, begins_in: float = -1, days: float = 90) -> Pem:
            begin = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=begins_in)
            leaf = ca.issue_cert(*names, not_before=begin, not_after=begin + datetime.timedelta(days=days))
            return b"".join(pem.bytes() for pem in leaf.cert_chain_pems), leaf.private_key_pem.bytes()

        return issue, file

    return made


class Acme:
    """An account at a running Pebble, and what it answers."""

    def __init__(self, directory: str, trusts: Path, roots: Path, site: Port80) -> None:
        self.directory, self.trusts, self.roots, self._site = directory, trusts, roots, site
        key = josepy.JWKRSA(key=rsa.generate_private_key(65537, 2048))
        network = client.ClientNetwork(key, verify_ssl=str(trusts))  # type: ignore[arg-type]
        self._client = client.ClientV2(client.ClientV2.get_directory(directory, network), network)
        self._client.new_account(messages.NewRegistration.from_data(terms_of_service_agreed=True))

    def issue(self, *hosts: str, answer: bool = True) -> Pem:
        """A certificate, each host proven by HTTP-01 on port 80. Raises acme's `ValidationError`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(names, False)
        order = self._client.new_order(csr.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        proofs = {}
        for authorization in order.authorizations:
            for body in authorization.body.challenges:
                if isinstance(body.chall, challenges.HTTP01):
                    response, proof = body.response_and_validation(self._client.net.key)
                    proofs[body.chall.path] = proof.encode()
                    if answer:
                        self._site.say = lambda host, path: (
                            (200, {}, proofs[path]) if path in proofs else (404, {}, b"")
                        )
                    self._client.answer_challenge(body, response)
        deadline = datetime.datetime.now() + datetime.timedelta(seconds=30)
        done = self._client.poll_and_finalize(order, deadline)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return done.fullchain_pem.encode(), private


@pytest.fixture
def pebble(service_program: Callable[[str], Path], port80: Port80, tmp_path: Path) -> Iterator[Acme]:
    """A running Pebble that finds every name on loopback, and validates at `port80`."""
    ca = trustme.CA()
    trusts, own = tmp_path / "trusts.pem", tmp_path / "own.pem"
    ca.cert_pem.write_to_path(str(trusts))
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(own))
    environment = {"PATH": os.environ["PATH"], "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with contextlib.ExitStack() as stack:
        names = stack.enter_context(_serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Loopback)))
        # After the name server has its port, else it might be given one of these.
        listen, manage = _free_ports(2)
        config = {
            "listenAddress": f"127.0.0.1:{listen}",
            "managementListenAddress": f"127.0.0.1:{manage}",
            "certificate": str(own),
            "privateKey": str(own),
            "httpPort": port80.port,
            "tlsPort": 1,
            "keyAlgorithm": "ecdsa",
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "90 days", "validityPeriod": 7776000}},
        }
        file = tmp_path / "pebble.json"
        file.write_text(json.dumps({"pebble": config}))
        log = stack.enter_context((tmp_path / "pebble.log").open("wb"))
        argv = [str(service_program("pebble")), "-config", str(file), "-dnsserver", f"127.0.0.1:{names}"]
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        directory = f"https://127.0.0.1:{listen}/dir"
        trust = ssl.create_default_context(cafile=str(trusts))
        _answered(directory, trust, process, tmp_path / "pebble.log")
        roots = tmp_path / "pebble-roots.pem"
        roots.write_text(httpx.get(f"https://127.0.0.1:{manage}/roots/0", verify=trust, trust_env=False).text)
        yield Acme(directory, trusts, roots, port80)


class _Loopback(socketserver.StreamRequestHandler):
    """A name server for which every name has one address. Pebble asks by TCP."""

    def handle(self) -> None:
        while length := self.rfile.read(2):
            query = dns.message.from_wire(self.rfile.read(*struct.unpack("!H", length)))
            reply = dns.message.make_response(query, recursion_available=True)
            (question,) = reply.question
            if question.rdtype == dns.rdatatype.A:
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
            wire = reply.to_wire()
            self.wfile.write(struct.pack("!H", len(wire)) + wire)


@contextlib.contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]  # type: ignore[misc]
    server.shutdown()
    server.server_close()


def _presenting(pem: Pem) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.NamedTemporaryFile() as file:  # the module reads files only
        file.write(b"\n".join(pem))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for bound in sockets:
            bound.bind(("127.0.0.1", 0))
        return [bound.getsockname()[1] for bound in sockets]


def _answered(url: str, trust: ssl.SSLContext, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(url, verify=trust, trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"pebble does not answer:\n{log.read_text()}") from None
            time.sleep(0.05)
