"""A registry is asked as Docker asks it, nothing stays behind, and a password goes to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import pytest
import trustme

from binder_deploy.checks.registry.ask import may_push, may_read
from binder_deploy.checks.registry.model import NoAnswer, Registry

Start: TypeAlias = Callable[..., Any]

pytestmark = pytest.mark.system


def test_who_may_write_begins_an_upload_of_which_nothing_stays(by_token, token_server) -> None:
    answer = may_push(by_token.as_user("writer"), "acme/r2d-stays-not")
    assert (answer.outcome, answer.status, answer.note) == ("allowed", 202, "")
    scope = "repository:acme/r2d-stays-not:pull,push"
    assert token_server.asked[-2:] == [scope, f"{scope},delete"]  # the second to cancel it
    assert by_token.held() == []


def test_who_may_only_read_is_refused_by_the_registry_itself(by_token) -> None:
    answer = may_push(by_token.as_user("reader"), "acme/r2d-x")
    assert (answer.outcome, answer.status) == ("refused", 401)
    assert answer.said.startswith("UNAUTHORIZED")
    assert by_token.held() == []


def test_a_wrong_password_is_told_apart_and_is_not_repeated(by_token, by_password) -> None:
    answer = may_push(by_token.as_user("writer", "hunter2"), "acme/r2d-x")
    assert (answer.outcome, answer.said) == ("login refused", "incorrect username or password …")
    assert may_push(by_password.as_user("writer", "hunter2"), "acme/r2d-x").outcome == "login refused"
    assert may_read(by_password.as_user("writer", "hunter2"), "acme/r2d-x", "none").outcome == "login refused"
    assert "hunter2" not in repr(by_token.as_user("writer", "hunter2")) + repr(answer)


def test_a_registry_that_wants_a_password_gets_it_and_cancels_at_a_relative_address(by_password) -> None:
    answer = may_push(by_password.as_user("writer"), "acme/r2d-x")
    assert (answer.outcome, answer.note) == ("allowed", "")
    assert by_password.held() == []


def test_a_stranger_is_let_in_only_where_anybody_is(by_token, by_password, open_to_all) -> None:
    assert may_push(by_token.as_user(), "acme/r2d-x").outcome == "refused"
    assert may_push(by_password.as_user(), "acme/r2d-x").outcome == "refused"
    assert may_push(open_to_all.as_user(), "acme/r2d-x").outcome == "allowed"
    assert may_read(by_token.as_user(), "acme/r2d-x", "none").outcome == "refused"
    assert may_read(by_token.as_user(), "public/r2d-x", "none").outcome == "absent"


def test_an_image_is_there_or_not(open_to_all, put_image) -> None:
    put_image(open_to_all, "acme/r2d-there", "abc", {})
    assert may_read(open_to_all.as_user(), "acme/r2d-there", "abc").outcome == "allowed"
    assert may_read(open_to_all.as_user(), "acme/r2d-there", "abd").outcome == "absent"
    assert may_read(open_to_all.as_user(), "acme/r2d-not-there", "abc").outcome == "absent"


def test_the_token_url_that_binderhub_was_given_is_used(by_token, token_server) -> None:
    where = f"http://{token_server.host}/token?service=the%20registry"
    registry = Registry(f"http://{by_token.host}", "reader", "read-secret", where)
    assert may_read(registry, "acme/r2d-x", "none").outcome == "absent"


def test_an_upload_that_cannot_be_cancelled_is_told(by_token) -> None:
    answer = may_push(by_token.as_user("robot"), "robots/r2d-x")
    assert answer.outcome == "allowed"
    assert "could not be cancelled (401)" in answer.note


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    """A certificate for this machine, of an authority (`ca.pem` beside it) that nobody trusts yet."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    server.cert_chain_pems[0].write_to_path(certificate)
    server.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return {"certificate": str(certificate), "key": str(key)}


def test_a_certificate_is_verified(
    start: Start, tls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(f"https://{start({'http': {'tls': tls}}).host}")
    with pytest.raises(NoAnswer, match="CERTIFICATE_VERIFY_FAILED"):
        may_push(registry, "acme/r2d-x")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert may_push(registry, "acme/r2d-x").outcome == "allowed"


def test_a_password_never_leaves_an_encrypted_registry_in_the_clear(
    start: Start, token_server: Any, tls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = str(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", roots)
    token = {"realm": f"http://{token_server.host}/token", "service": "s", "issuer": "i", "rootcertbundle": roots}
    host = start({"auth": {"token": token}, "http": {"tls": tls}}).host
    before = list(token_server.asked)
    with pytest.raises(NoAnswer, match="not encrypted"):
        may_push(Registry(f"https://{host}", "writer", "write-secret"), "acme/r2d-x")
    assert token_server.asked == before


class Elsewhere(BaseHTTPRequestHandler):
    """A registry of one user that sends uploads and manifests to another host, which notes what it is shown."""

    protocol_version = "HTTP/1.1"
    storage = ""
    shown: ClassVar[list[tuple[str, str | None]]] = []

    def _reply(self) -> None:
        at_storage = self.path.startswith("/stored")
        proof = self.headers.get("Authorization")
        if at_storage:
            self.shown.append((self.command, proof))
            status, headers = (204 if self.command == "DELETE" else 401), {"WWW-Authenticate": 'Basic realm="mine"'}
        elif proof is None:
            status, headers = 401, {"WWW-Authenticate": 'Basic realm="here"'}
        else:
            status = 202 if self.command == "POST" else 307
            headers = {"Location": f"http://{self.storage}/stored/1"}
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_POST = do_DELETE = _reply  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def test_another_host_that_uploads_and_manifests_are_sent_to_never_sees_the_login() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        Elsewhere.storage = f"localhost:{server.server_port}"
        registry = Registry(f"http://127.0.0.1:{server.server_port}", "writer", "write-secret")
        assert may_push(registry, "acme/r2d-x").outcome == "allowed"
        assert may_read(registry, "acme/r2d-x", "none").outcome == "refused"
    finally:
        server.shutdown()
        server.server_close()
    assert Elsewhere.shown == [("DELETE", None), ("GET", None)]


def test_plain_http_is_for_this_machine_only() -> None:
    with pytest.raises(ValueError, match=r"registry\.example\.org: its address must begin with https"):
        Registry("http://registry.example.org", "writer", "write-secret")
    assert Registry("http://127.0.0.1:5000").host == "127.0.0.1:5000"
