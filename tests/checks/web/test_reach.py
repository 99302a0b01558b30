"""Why a page cannot be read is told as a browser would tell it, and never mistaken for something else."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict
from binder_deploy.checks.probes.web.browser import Browser, Trust, public, whoever_issued

pytestmark = pytest.mark.system

Judged = Callable[..., Verdict]
Certify = Callable[..., ssl.SSLContext]
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)
BOTH = ("binder.example.org", "hub.example.org")


def refused(verdict: Verdict) -> str:
    assert isinstance(verdict, Failed)
    return verdict.message


@pytest.mark.shows("BD-WEB-002", "failed")
def test_the_world_does_not_trust_just_any_authority(
    judged: Judged, binder: Any, look: Callable[[Trust], Browser]
) -> None:
    assert "no browser trusts who issued" in refused(judged("BD-WEB-002", look(public)))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_another_authority_is_not_trusted(judged: Judged, binder: Any, door: Any, certify: Certify) -> None:
    door.certificate = certify(*BOTH, by=trustme.CA())
    assert "no browser trusts who issued" in refused(judged("BD-WEB-002"))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_certificate_for_another_name_is_refused(judged: Judged, binder: Any, door: Any, certify: Certify) -> None:
    door.certificate = certify("hub.example.org")
    assert "the certificate is for another name" in refused(judged("BD-WEB-002"))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_an_expired_certificate_is_refused(judged: Judged, binder: Any, door: Any, certify: Certify) -> None:
    door.certificate = certify(*BOTH, not_before=NOW - 2 * DAY, not_after=NOW - DAY)
    assert "the certificate has expired" in refused(judged("BD-WEB-002"))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_certificate_of_tomorrow_is_refused(judged: Judged, binder: Any, door: Any, certify: Certify) -> None:
    door.certificate = certify(*BOTH, not_before=NOW + DAY, not_after=NOW + 2 * DAY)
    assert "is not valid yet" in refused(judged("BD-WEB-002"))


@pytest.mark.shows("BD-WEB-002", "passed")
def test_a_certificate_on_trial_needs_no_trusted_issuer(
    judged: Judged, binder: Any, look: Callable[[Trust], Browser]
) -> None:
    assert isinstance(judged("BD-WEB-002", look(whoever_issued)), Passed)


@pytest.mark.shows("BD-WEB-002", "failed")
@pytest.mark.parametrize(
    ("names", "days", "told"),
    [(("hub.example.org",), 1, "is for another name"), (BOTH, -1, "has expired")],
)
def test_a_certificate_on_trial_still_needs_the_name_and_the_dates(
    judged: Judged,
    binder: Any,
    door: Any,
    certify: Certify,
    look: Callable[[Trust], Browser],
    names: tuple[str, ...],
    days: int,
    told: str,
) -> None:
    door.certificate = certify(*names, not_before=NOW - 2 * DAY, not_after=NOW + days * DAY)
    assert told in refused(judged("BD-WEB-002", look(whoever_issued)))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_closed_port_is_told(judged: Judged, binder: Any, browser: Browser) -> None:
    nowhere = Browser(lambda place: ("127.0.0.1", 1), browser.trust)
    assert "nobody listens there" in refused(judged("BD-WEB-002", nowhere))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_plain_http_at_the_https_port_is_told(judged: Judged, binder: Any, door: Any, browser: Browser) -> None:
    swapped = Browser(lambda place: ("127.0.0.1", door.http), browser.trust)
    assert "no encrypted connection" in refused(judged("BD-WEB-002", swapped))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_silent_host_is_told(judged: Judged, binder: Any, door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binder_deploy.checks.probes.web.browser.TIMEOUT_S", 0.2)
    door.delay_s = 1
    assert "nobody answers there" in refused(judged("BD-WEB-002"))


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_name_that_leads_nowhere_is_told(judged: Judged, binder: Any, browser: Browser) -> None:
    unknown = Browser(lambda place: ("name.invalid", place[1]), browser.trust)
    assert "the name leads nowhere" in refused(judged("BD-WEB-002", unknown))


@pytest.mark.shows("BD-WEB-004", "passed")
def test_plain_http_leads_to_https(judged: Judged, binder: Any, door: Any) -> None:
    door.backends["hub.example.org"] = binder.port
    assert judged("BD-WEB-004") == Passed("http://binder.example.org/, http://hub.example.org/")


@pytest.mark.shows("BD-WEB-004", "failed")
@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ("serve", "answers 404 in plain HTTP"),
        ("http://binder.example.org/", "leads in a circle"),
        ("http://binder.example.org/other", "leads in a circle"),
    ],
)
def test_plain_http_that_does_not_get_to_https_fails(
    judged: Judged, binder: Any, door: Any, plain: str, told: str
) -> None:
    door.plain = plain
    assert told in refused(judged("BD-WEB-004"))


@pytest.mark.shows("BD-WEB-004", "failed")
def test_a_closed_plain_port_is_told(judged: Judged, binder: Any, door: Any, browser: Browser) -> None:
    closed = Browser(lambda place: ("127.0.0.1", {443: door.https}.get(place[1], 1)), browser.trust)
    message = refused(judged("BD-WEB-004", closed))
    assert message == "http://binder.example.org/ cannot be read: nobody listens there"


def test_what_is_behind_a_closed_door_is_unknown_not_wrong(judged: Judged, door: Any, certify: Certify) -> None:
    door.certificate = certify("other.example.org")
    for check in ("BD-WEB-003", "BD-WEB-006", "BD-WEB-007", "BD-WEB-008", "BD-WEB-010", "BD-WEB-011"):
        verdict = judged(check)
        assert isinstance(verdict, Skipped)
        assert verdict.reason == "unknown"
