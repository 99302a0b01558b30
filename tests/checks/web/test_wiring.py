"""Which addresses are asked, where they are looked for, and how they are verified."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.facts import web as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.probes import web
from binder_deploy.checks.probes.web.browser import Browser, public, whoever_issued
from binder_deploy.settings.address import BareIp
from binder_deploy.settings.model import Settings
from binder_deploy.settings.tls import LetsEncrypt, SelfSigned

Made = Callable[..., Settings]


def test_nothing_is_asked_of_a_rehearsal_or_before_there_is_an_address(settings: Made, tmp_path: Path) -> None:
    made = settings()
    assert web.probes(Given(settings=made, folder=tmp_path)) == {}
    assert web.probes(Given(settings=made, folder=tmp_path, address="192.0.2.7", simulated=True)) == {}
    assert web.probes(Given(settings=made, folder=tmp_path, address="192.0.2.7"))


def test_a_bare_address_is_not_asked_before_it_is_known(settings: Made, tmp_path: Path) -> None:
    made = settings().model_copy(update={"address": BareIp(kind="ip")})
    assert web.probes(Given(settings=made, folder=tmp_path, kubeconfig=tmp_path / "kubeconfig")) == {}


def test_our_hosts_are_looked_for_at_the_reserved_address(settings: Made, tmp_path: Path) -> None:
    given = Given(settings=settings(), folder=tmp_path, address="192.0.2.7")
    route = web.usual_browser(given, {"binder.example.org"}).route
    assert route(("binder.example.org", 443)) == ("192.0.2.7", 443)
    assert route(("login.example.com", 443)) == ("login.example.com", 443)


@pytest.mark.parametrize(
    ("tls", "trust"),
    [
        (LetsEncrypt(email="it@example.org", server="production"), public),
        (LetsEncrypt(email="it@example.org", server="staging"), whoever_issued),
        (SelfSigned(kind="self-signed"), whoever_issued),
    ],
)
def test_only_certificates_on_trial_may_come_from_anybody(
    settings: Made, tmp_path: Path, tls: LetsEncrypt | SelfSigned, trust: Any
) -> None:
    given = Given(settings=settings().model_copy(update={"tls": tls}), folder=tmp_path, address="192.0.2.7")
    assert web.usual_browser(given, ()).trust is trust


def test_without_a_domain_both_are_at_the_one_address(
    settings: Made, tmp_path: Path, door: Any, binder: Any, browser: Browser, certify: Callable[..., ssl.SSLContext]
) -> None:
    door.certificate = certify("192.0.2.7")
    door.backends = {"192.0.2.7": binder.port}
    at_door = Browser(lambda place: ("127.0.0.1", {443: door.https, 80: door.http}[place[1]]), browser.trust)
    given = Given(
        settings=settings().model_copy(update={"address": BareIp(kind="ip")}), folder=tmp_path, address="192.0.2.7"
    )
    probes = web.probes(given, at_door)
    found, hub = probes[f.BINDER].collect(), probes[f.HUB].collect()
    assert (found.url, found.status) == ("https://192.0.2.7/versions", 200)
    assert (hub.url, hub.status) == ("https://192.0.2.7/jupyter/hub/api", 404)
    assert [walk.steps for walk in probes[f.WALKS].collect()] == [("http://192.0.2.7/", "https://192.0.2.7/")]
