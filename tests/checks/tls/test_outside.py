"""Certificates, challenges and orders as the outside shows them, judged by the checks that are shipped."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue.tls import CHECKS
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Probe, Skipped, Verdict, Warned
from binder_deploy.checks.probes import acme, tls
from binder_deploy.checks.probes.cluster import cluster_probes
from binder_deploy.checks.probes.tls import Door
from binder_deploy.checks.runner import run
from binder_deploy.settings.address import BareIp
from binder_deploy.settings.model import Settings
from binder_deploy.settings.tls import OwnCertificate, SelfSigned

pytestmark = pytest.mark.system

Ask = Callable[..., Verdict]
BINDER, HUB = "binder.example.org", "hub.example.org"


@pytest.fixture
def ask(settings: Callable[..., Settings], tmp_path: Path) -> Ask:
    """The verdict of one check with these doors, on loopback for the reserved address."""

    def verdict(check_id: str, door: Door | None = None, kubeconfig: Path | None = None, **change: Any) -> Verdict:
        (check,) = [c for c in CHECKS if c.id == check_id]
        update = {key: change.pop(key) for key in ("address", "tls") if not isinstance(change.get(key, {}), dict)}
        made = settings(**change).model_copy(update=update)
        given = Given(settings=made, folder=tmp_path, address="127.0.0.1")
        door = door or Door()
        probes = {**acme.probes(given, door), **tls.probes(given, door)}
        if kubeconfig:
            probes |= cluster_probes(kubeconfig, simulated=False)
        own = {f.SETTINGS: Probe(lambda: made), f.ADDRESS: Probe(lambda: "127.0.0.1")}
        return run([check], {**probes, **own})[0].verdict

    return verdict


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """An API server with these orders and challenges; a kubeconfig for it."""
    served: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = json.dumps({"items": served.get(self.path.partition("?")[0].rpartition("/")[2], [])}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def kubeconfig(**objects: list[dict[str, Any]]) -> Path:
        served.update(objects)
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(config))
        return file

    yield kubeconfig
    server.shutdown()
    server.server_close()


def order(state: str, reason: str = "", *, made: str = "2026-01-01T00:00:00Z", issuer: str = "production") -> Any:
    return {
        "metadata": {
            "name": f"binder-tls-1-{made[:10]}",
            "namespace": "binder",
            "creationTimestamp": made,
            "annotations": {"cert-manager.io/certificate-name": "binder-tls"},
        },
        "spec": {"issuerRef": {"name": f"letsencrypt-{issuer}"}},
        "status": {"state": state, "reason": reason},
    }


def challenge(state: str, reason: str) -> Any:
    return {
        "metadata": {"name": "binder-tls-1-1-1", "namespace": "binder"},
        "spec": {"issuerRef": {"name": "letsencrypt-production"}, "dnsName": HUB},
        "status": {"state": state, "reason": reason},
    }


# --- The issuing server


@pytest.mark.system
@pytest.mark.shows("BD-TLS-004", "passed")
def test_a_real_acme_server_can_be_asked(ask: Ask, pebble: Any) -> None:
    door = Door(directories={"production": pebble.directory}, roots=pebble.trusts)
    assert ask("BD-TLS-004", door) == Passed(pebble.directory)
    without = ask("BD-TLS-004", door, address=BareIp(kind="ip"))
    assert isinstance(without, Failed)
    assert "does not offer the profile shortlived" in without.message
    unknown = ask("BD-TLS-004", Door(directories={"production": pebble.directory}))
    assert isinstance(unknown, Failed)
    assert "CERTIFICATE_VERIFY_FAILED" in unknown.message


@pytest.mark.shows("BD-TLS-004", "failed")
def test_nobody_at_the_issuer_s_address_is_a_failure(ask: Ask, closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/dir"
    verdict = ask("BD-TLS-004", Door(directories={"production": url}))
    assert isinstance(verdict, Failed)
    assert "cannot be read from here: ConnectError" in verdict.message


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"<html>Please log in</html>", "something on the way answers in its name"),
        (200, b"[]", "not a directory"),
        (200, b'{"newNonce": "x", "meta": null}', "does not offer newAccount, newOrder"),
        (503, b"", "HTTP status 503"),
        (302, b"", "HTTP status 302"),
    ],
)
def test_something_else_in_the_issuer_s_place_is_told(
    ask: Ask, port80: Any, status: int, body: bytes, told: str
) -> None:
    port80.say = lambda host, path: (status, {}, body)
    verdict = ask("BD-TLS-004", Door(directories={"production": f"http://127.0.0.1:{port80.port}/dir"}))
    assert isinstance(verdict, Failed)
    assert told in verdict.message


# --- Port 80


@pytest.mark.shows("BD-TLS-005", "passed")
@pytest.mark.parametrize(
    ("status", "location"),
    [
        (404, ""),
        (301, "https://{host}/.well-known/acme-challenge/x"),
        (308, "https://{host}:443/"),
        (302, "/elsewhere"),
    ],
)
def test_our_own_answers_on_port_80_pass(ask: Ask, port80: Any, status: int, location: str) -> None:
    port80.say = lambda host, path: (status, {"Location": location.format(host=host)} if location else {}, b"")
    assert ask("BD-TLS-005", Door(http_port=port80.port)) == Passed(f"{BINDER}, {HUB}")
    assert {host for host, _ in port80.asked} == {BINDER, HUB}
    assert all(path.startswith("/.well-known/acme-challenge/") for _, path in port80.asked)


@pytest.mark.shows("BD-TLS-005", "failed")
def test_a_closed_port_80_is_told_with_the_way_to_try_it(ask: Ask, closed_port: int) -> None:
    verdict = ask("BD-TLS-005", Door(http_port=closed_port))
    assert isinstance(verdict, Failed)
    assert f"port 80 of 127.0.0.1 does not answer for {BINDER}, {HUB}" in verdict.message
    assert f"--resolve {BINDER}:80:127.0.0.1" in verdict.remedy
    assert "refused" in verdict.detail


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (301, {"Location": "https://login.example.com/"}, "is sent to login.example.com"),
        (200, {}, "answers a challenge that nobody has set"),
        (503, {}, "answers with HTTP status 503"),
        (401, {}, "answers with HTTP status 401"),
    ],
)
def test_a_foreign_answer_on_port_80_fails(
    ask: Ask, port80: Any, status: int, headers: dict[str, str], told: str
) -> None:
    port80.say = lambda host, path: (status, headers, b"") if host == HUB else (404, {}, b"")
    verdict = ask("BD-TLS-005", Door(http_port=port80.port))
    assert isinstance(verdict, Failed)
    assert f"{HUB} {told}" in verdict.message
    assert BINDER not in verdict.message


def test_a_bare_address_is_asked_for_itself(ask: Ask, port80: Any) -> None:
    assert ask("BD-TLS-005", Door(http_port=port80.port), address=BareIp(kind="ip")) == Passed("127.0.0.1")
    assert [host for host, _ in port80.asked] == ["127.0.0.1"]


# --- What visitors get


@pytest.mark.system
@pytest.mark.shows("BD-TLS-008", "passed")
@pytest.mark.shows("BD-TLS-008", "failed")
@pytest.mark.shows("BD-TLS-009", "passed")
def test_a_really_issued_certificate_is_trusted_by_those_who_trust_its_issuer(
    ask: Ask, pebble: Any, port443: Any
) -> None:
    port = port443({BINDER: pebble.issue(BINDER, HUB)})
    trusted = ask("BD-TLS-008", Door(https_port=port, roots=pebble.roots))
    assert isinstance(trusted, Passed)
    assert "Pebble" in trusted.message
    stranger = ask("BD-TLS-008", Door(https_port=port))
    assert isinstance(stranger, Failed)
    assert f"browsers do not trust the certificate of {BINDER}, {HUB}: issued by Pebble" in stranger.message
    assert isinstance(ask("BD-TLS-009", Door(https_port=port)), Passed)


@pytest.mark.shows("BD-TLS-008", "failed")
def test_a_certificate_for_another_host_is_told(ask: Ask, port443: Any, authority: Any) -> None:
    issue, roots = authority()
    port = port443({BINDER: issue(BINDER), HUB: issue("www.example.com")})
    verdict = ask("BD-TLS-008", Door(https_port=port, roots=roots))
    assert isinstance(verdict, Failed)
    assert f"{HUB} (that is for www.example.com)" in verdict.message
    assert BINDER not in verdict.message


@pytest.mark.shows("BD-TLS-008", "passed")
def test_a_star_covers_both_hosts_but_no_deeper_one(ask: Ask, port443: Any, authority: Any) -> None:
    issue, roots = authority()
    door = Door(https_port=port443({BINDER: issue("*.example.org")}), roots=roots)
    assert isinstance(ask("BD-TLS-008", door), Passed)
    assert isinstance(ask("BD-TLS-008", door, address={"domain": "deeper.example.org"}), Failed)


def test_a_bare_address_has_a_certificate_of_its_own(ask: Ask, port443: Any, authority: Any) -> None:
    issue, roots = authority()
    address = BareIp(kind="ip")
    assert isinstance(
        ask("BD-TLS-008", Door(https_port=port443({"": issue("127.0.0.1")}), roots=roots), address=address), Passed
    )
    assert isinstance(
        ask("BD-TLS-008", Door(https_port=port443({"": issue("127.0.0.2")}), roots=roots), address=address), Failed
    )


def test_traefik_s_own_certificate_means_not_issued_yet(ask: Ask, port443: Any, authority: Any) -> None:
    issue, _ = authority("TRAEFIK DEFAULT CERT")
    verdict = ask("BD-TLS-008", Door(https_port=port443({BINDER: issue("x.traefik.default")})))
    assert isinstance(verdict, Failed)
    assert "Traefik's own certificate" in verdict.message


@pytest.mark.parametrize(("server", "kind"), [("staging", Warned), ("production", Failed)])
def test_a_staging_certificate_is_recognised(
    ask: Ask, port443: Any, authority: Any, server: str, kind: type[Verdict]
) -> None:
    issue, _ = authority("(STAGING) Let's Encrypt")
    verdict = ask("BD-TLS-008", Door(https_port=port443({BINDER: issue(BINDER, HUB)})), tls={"server": server})
    assert isinstance(verdict, kind)
    assert "staging server" in verdict.message


@pytest.mark.parametrize(
    "other",
    [SelfSigned(kind="self-signed"), OwnCertificate.model_construct(kind="certificate")],
    ids=lambda value: value.kind,
)
def test_a_certificate_of_one_s_own_is_worth_a_warning(ask: Ask, port443: Any, authority: Any, other: Any) -> None:
    issue, _ = authority("The Institute")
    verdict = ask("BD-TLS-008", Door(https_port=port443({BINDER: issue(BINDER, HUB)})), tls=other)
    assert isinstance(verdict, Warned)
    assert f"tls.{'kind' if other.kind == 'self-signed' else 'certificate'}" in verdict.message + verdict.remedy


def test_no_https_at_all_is_told(ask: Ask, closed_port: int) -> None:
    verdict = ask("BD-TLS-008", Door(https_port=closed_port))
    assert isinstance(verdict, Failed)
    assert f"no HTTPS at 127.0.0.1 for {BINDER}, {HUB}" in verdict.message
    later = ask("BD-TLS-009", Door(https_port=closed_port))
    assert isinstance(later, Skipped)


def test_something_that_speaks_no_tls_is_told(ask: Ask, port80: Any) -> None:
    verdict = ask("BD-TLS-008", Door(https_port=port80.port))
    assert isinstance(verdict, Failed)
    assert ssl.SSLError.__name__ in verdict.detail


@pytest.mark.shows("BD-TLS-009", "failed")
@pytest.mark.parametrize(
    ("begins_in", "days", "kind", "told"),
    [
        (-91, 90, Failed, "has expired"),
        (1, 90, Failed, "is not valid yet"),
        (-80, 90, Warned, "in 9 days"),
        (-36, 45, Warned, "in 8 days"),
        (-5, 160 / 24, Warned, "in 39 hours"),
    ],
)
def test_a_certificate_near_or_past_its_end_fails(
    ask: Ask, port443: Any, authority: Any, begins_in: float, days: float, kind: type[Verdict], told: str
) -> None:
    issue, roots = authority()
    port = port443({BINDER: issue(BINDER, HUB, begins_in=begins_in, days=days)})
    verdict = ask("BD-TLS-009", Door(https_port=port, roots=roots))
    assert isinstance(verdict, kind)
    assert told in verdict.message
    assert isinstance(ask("BD-TLS-008", Door(https_port=port, roots=roots)), Passed), "the dates are one fault alone"


@pytest.mark.shows("BD-TLS-009", "passed")
@pytest.mark.parametrize(("begins_in", "days"), [(-60, 90), (-29, 45), (-4, 160 / 24)])
def test_a_certificate_that_is_due_only_now_passes(
    ask: Ask, port443: Any, authority: Any, begins_in: float, days: float
) -> None:
    issue, roots = authority()
    port = port443({BINDER: issue(BINDER, HUB, begins_in=begins_in, days=days)})
    assert isinstance(ask("BD-TLS-009", Door(https_port=port, roots=roots)), Passed)


# --- Orders and challenges

LIMIT = (
    "Failed to create Order: 429 urn:ietf:params:acme:error:rateLimited: too many certificates (5) already issued for "
    "this exact set of identifiers in the last 168h0m0s, retry after 2026-01-05 12:00:00 UTC: see "
    "https://letsencrypt.org/docs/rate-limits/"
)


@pytest.mark.shows("BD-TLS-006", "failed")
@pytest.mark.shows("BD-TLS-007", "passed")
def test_a_limit_is_told_with_its_end(ask: Ask, orders: Any) -> None:
    verdict = ask("BD-TLS-006", kubeconfig=orders(orders=[order("errored", LIMIT)]))
    assert isinstance(verdict, Failed)
    assert "wait until 2026-01-05 12:00:00 UTC" in verdict.remedy
    assert "set tls.server: staging" in verdict.remedy
    assert isinstance(ask("BD-TLS-007", kubeconfig=orders()), Passed), "one fault, one failure"


@pytest.mark.shows("BD-TLS-006", "passed")
@pytest.mark.parametrize(
    "found",
    [
        [],
        [order("errored", LIMIT), order("valid", made="2026-01-06T00:00:00Z")],
        [order("errored", LIMIT, issuer="staging")],
        [order("errored", "Failed to create Order: 400 urn:ietf:params:acme:error:rejectedIdentifier: no")],
    ],
)
def test_a_limit_of_the_past_or_of_another_server_is_none(ask: Ask, orders: Any, found: list[Any]) -> None:
    assert ask("BD-TLS-006", kubeconfig=orders(orders=found)) == Passed()


@pytest.mark.shows("BD-TLS-007", "passed")
@pytest.mark.parametrize("found", [{}, {"challenges": [challenge("pending", "")]}, {"orders": [order("pending")]}])
def test_a_challenge_under_way_has_not_failed(ask: Ask, orders: Any, found: dict[str, Any]) -> None:
    assert ask("BD-TLS-007", kubeconfig=orders(**found)) == Passed()


@pytest.mark.shows("BD-TLS-007", "failed")
@pytest.mark.parametrize(
    ("reason", "meaning", "remedy"),
    [
        ("DNS problem: NXDOMAIN looking up A for hub.example.org", "cannot be found", "DNS records"),
        ("DNS problem: SERVFAIL looking up CAA for example.org", "CAA records forbid", "BD-DNS-006"),
        ("CAA record for hub.example.org prevents issuance", "CAA records forbid", "BD-DNS-006"),
        (
            "192.0.2.7: Fetching http://hub.example.org/: Timeout during connect (likely firewall problem)",
            "port 80",
            "TCP",
        ),
        ("192.0.2.7: Fetching http://hub.example.org/: Connection refused", "port 80", "TCP port 80"),
        ("192.0.2.7: Invalid response from http://hub.example.org/x: 404", "another server", "BD-TLS-005"),
        ("Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'", "another server", ""),
        ("Waiting for HTTP-01 challenge propagation: dial tcp: lookup hub.example.org: no such host", "found", "DNS"),
        ("something new", "refused", "kubectl -n binder describe"),
    ],
)
def test_a_challenge_s_reason_becomes_a_remedy(ask: Ask, orders: Any, reason: str, meaning: str, remedy: str) -> None:
    verdict = ask("BD-TLS-007", kubeconfig=orders(challenges=[challenge("pending", reason)]))
    assert isinstance(verdict, Failed)
    assert HUB in verdict.message
    assert meaning in verdict.message
    assert remedy in verdict.remedy
    assert reason in verdict.detail


@pytest.mark.system
@pytest.mark.parametrize("fault", ["closed", "foreign"])
def test_the_words_of_a_real_acme_server_are_understood(
    ask: Ask, orders: Any, pebble: Any, port80: Any, fault: str
) -> None:
    """A validation that really fails: its error stands, as cert-manager puts it there, in the Challenge's status."""
    from acme.errors import ValidationError

    if fault == "closed":
        port80.stop()
    with pytest.raises(ValidationError) as failed:
        pebble.issue(HUB, answer=False)
    (authorization,) = failed.value.failed_authzrs
    (reason,) = [c.error.detail for c in authorization.body.challenges if c.error]
    verdict = ask("BD-TLS-007", kubeconfig=orders(challenges=[challenge("invalid", str(reason))]))
    assert isinstance(verdict, Failed)
    meant = "port 80 of the name does not answer" if fault == "closed" else "another server"
    assert meant in verdict.message, reason


def test_an_order_that_failed_without_a_reason_is_still_told(ask: Ask, orders: Any) -> None:
    verdict = ask("BD-TLS-007", kubeconfig=orders(orders=[order("invalid")]))
    assert isinstance(verdict, Failed)
    assert "state invalid, no reason given" in verdict.detail


@pytest.mark.parametrize("check_id", ["BD-TLS-004", "BD-TLS-005", "BD-TLS-006", "BD-TLS-007"])
def test_where_nobody_issues_nothing_is_asked_of_an_issuer(ask: Ask, orders: Any, port80: Any, check_id: str) -> None:
    own = SelfSigned(kind="self-signed")
    verdict = ask(check_id, Door(http_port=port80.port), orders(orders=[order("errored", LIMIT)]), tls=own)
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "not applicable"
