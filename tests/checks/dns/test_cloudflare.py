"""The zone at Cloudflare and what stands at our names, asked of a server that answers as Cloudflare does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue.cloudflare import CHECKS
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Probe, Skipped, Verdict, Warned
from binder_deploy.checks.probes.cloudflare import probes
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import record_mark

pytestmark = pytest.mark.system

ID = "023e105f4ecef8ad9ca31a8372d0c353"
DNS = {"kind": "cloudflare", "zone_id": ID, "token": "env:CLOUDFLARE_API_TOKEN"}
EDITABLE, OURS = CHECKS


@pytest.fixture
def ask(settings: Callable[..., Settings], tmp_path: Path) -> Callable[..., Verdict]:
    """The verdict of one check on the zone, with parts of `address.dns` changed."""

    def verdict(check: Any, domain: str = "campus.example.org", **dns: str) -> Verdict:
        made = settings(address={"domain": domain, "dns": {**DNS, **dns}})
        given = Given(settings=made, folder=tmp_path)
        (outcome,) = run([check], {f.SETTINGS: Probe(lambda: made), **probes(given)})
        return outcome.verdict

    return verdict


@pytest.fixture
def mark(settings: Callable[..., Settings]) -> str:
    return record_mark(settings())


@pytest.mark.shows("BD-DNS-007", "passed")
def test_a_zone_that_the_token_may_edit(cloudflare: Any, ask: Callable[..., Verdict]) -> None:
    assert ask(EDITABLE) == Passed("example.org")
    assert ask(EDITABLE, domain="example.org") == Passed("example.org")
    assert cloudflare.changes() == []


@pytest.mark.shows("BD-DNS-007", "failed")
@pytest.mark.parametrize(
    ("token", "dns", "says"),
    [
        ("stolen", {}, "Invalid access token"),
        ("reader", {}, "may not edit"),
        ("good", {"zone_id": "f" * 32}, "Unauthorized to access requested resource"),
        ("good", {"domain": "notexample.org"}, "there can be no notexample.org"),
    ],
)
def test_a_token_or_a_zone_that_is_another(
    cloudflare: Any,
    ask: Callable[..., Verdict],
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    dns: dict[str, str],
    says: str,
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    verdict = ask(EDITABLE, **dns)
    assert isinstance(verdict, Failed)
    assert says in verdict.message
    assert "address.dns" in verdict.message
    assert "stolen" not in repr(verdict)


@pytest.mark.shows("BD-DNS-007", "failed")
def test_a_zone_whose_name_servers_nobody_announces_yet(cloudflare: Any, ask: Callable[..., Verdict]) -> None:
    cloudflare.status = "pending"
    verdict = ask(EDITABLE)
    assert isinstance(verdict, Failed)
    assert "pending" in verdict.message
    assert "ada.ns.cloudflare.com" in verdict.remedy


def test_rights_that_are_not_told_are_no_failure(cloudflare: Any, ask: Callable[..., Verdict]) -> None:
    cloudflare.tells_rights = False
    assert isinstance(ask(EDITABLE), Warned)


@pytest.mark.shows("BD-DNS-008", "passed")
def test_names_that_are_free_or_ours(cloudflare: Any, ask: Callable[..., Verdict], mark: str) -> None:
    assert ask(OURS) == Passed("0 of ours")
    cloudflare.add("binder.campus.example.org", "203.0.113.7", comment=mark)
    cloudflare.add("hub.campus.example.org", '"v=spf1 -all"', "TXT")
    cloudflare.add("www.campus.example.org", "203.0.113.50")
    assert ask(OURS) == Passed("1 of ours")


@pytest.mark.shows("BD-DNS-008", "failed")
@pytest.mark.parametrize("comment", [None, "binder-deploy=other in project x"])
def test_a_record_of_somebody_else(cloudflare: Any, ask: Callable[..., Verdict], comment: str | None) -> None:
    cloudflare.add("hub.campus.example.org", "elsewhere.example.net", "CNAME", comment=comment)
    verdict = ask(OURS)
    assert isinstance(verdict, Failed)
    assert "hub.campus.example.org CNAME elsewhere.example.net" in verdict.message
    assert "address.domain" in verdict.remedy


def test_a_proxy_before_ours_is_a_warning(cloudflare: Any, ask: Callable[..., Verdict], mark: str) -> None:
    cloudflare.add("hub.campus.example.org", "203.0.113.7", comment=mark, proxied=True)
    verdict = ask(OURS)
    assert isinstance(verdict, Warned)
    assert "hub.campus.example.org" in verdict.message


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_what_cannot_be_asked_is_unknown(
    cloudflare: Any, ask: Callable[..., Verdict], monkeypatch: pytest.MonkeyPatch, check: Any
) -> None:
    cloudflare.busy = ["300"] * 4
    verdict = ask(check)
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "unknown"
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    assert "CLOUDFLARE_API_TOKEN" in repr(ask(check))


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_a_zone_that_is_elsewhere_is_not_asked_for(
    cloudflare: Any, settings: Callable[..., Settings], tmp_path: Path, check: Any
) -> None:
    made = settings()
    given = Given(settings=made, folder=tmp_path)
    (outcome,) = run([check], {f.SETTINGS: Probe(lambda: made), **probes(given)})
    assert isinstance(outcome.verdict, Skipped)
    assert outcome.verdict.reason == "not applicable"
    assert cloudflare.asked == []
