"""Records at Cloudflare are made, corrected and removed if they are ours; what others made is never touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.ops.dns.cloudflare import (
    CloudflareError,
    Made,
    NotLetIn,
    NotOurs,
    Zone,
    ensure,
    leftovers,
    marked,
    remove,
)

pytestmark = pytest.mark.system

ID = "023e105f4ecef8ad9ca31a8372d0c353"
MARK = "binder-deploy=campus in project campus-prod"
BINDER, HUB = "binder.example.org", "hub.example.org"
ADDRESS = "203.0.113.7"
BOTH = {(BINDER, "A", ADDRESS), (HUB, "A", ADDRESS)}


@pytest.fixture
def zone(cloudflare: Any) -> Callable[..., Zone]:
    return lambda token="good", zone_id=ID: Zone(zone_id, token, cloudflare.url)


def make(zone: Zone, content: str = ADDRESS, kind: str = "A") -> Made:
    return ensure(zone, dict.fromkeys((BINDER, HUB), content), kind, MARK)


def test_both_are_made_unproxied_and_marked_and_a_second_time_changes_nothing(cloudflare: Any, zone: Any) -> None:
    assert make(zone()) == Made(created=2)
    assert cloudflare.table() == BOTH
    assert {(r["proxied"], r["ttl"], r["comment"]) for r in cloudflare.records.values()} == {(False, 300, MARK)}
    cloudflare.asked.clear()
    again = make(zone())
    assert again == Made(kept=2)
    assert str(again) == "nothing to change"
    assert cloudflare.changes() == []


def test_another_address_corrects_the_records_in_place(cloudflare: Any, zone: Any) -> None:
    make(zone())
    before = set(cloudflare.records)
    assert make(zone(), "203.0.113.8") == Made(corrected=2)
    assert set(cloudflare.records) == before
    assert {content for _, _, content in cloudflare.table()} == {"203.0.113.8"}


def test_a_host_name_in_place_of_an_address_replaces_them(cloudflare: Any, zone: Any) -> None:
    make(zone())
    assert make(zone(), "lb.example.net", "CNAME") == Made(created=2, removed=2)
    assert {kind for _, kind, _ in cloudflare.table()} == {"CNAME"}


def test_the_proxy_is_switched_off_again(cloudflare: Any, zone: Any) -> None:
    make(zone())
    next(iter(cloudflare.records.values()))["proxied"] = True
    assert make(zone()) == Made(corrected=1, kept=1)
    assert not any(r["proxied"] for r in cloudflare.records.values())


def test_ours_at_other_names_and_doubles_go(cloudflare: Any, zone: Any) -> None:
    cloudflare.add("binder.old.example.org", ADDRESS, comment=MARK)
    cloudflare.add(BINDER, "203.0.113.99", comment=MARK, ttl=300)
    cloudflare.add(BINDER, ADDRESS, comment=MARK, ttl=300)
    assert make(zone()) == Made(created=1, removed=2, kept=1)
    assert cloudflare.table() == BOTH


@pytest.mark.parametrize("comment", [None, "by hand", MARK.upper(), "binder-deploy=campus in project another"])
@pytest.mark.parametrize(
    ("kind", "content"), [("A", ADDRESS), ("CNAME", "elsewhere.example.net"), ("AAAA", "2001:db8::1")]
)
def test_what_others_made_ends_it_before_anything_is_changed(
    cloudflare: Any, zone: Any, comment: str | None, kind: str, content: str
) -> None:
    cloudflare.add(HUB, content, kind, comment=comment)
    with pytest.raises(NotOurs, match=f"{HUB} {kind} {content}"):
        make(zone())
    assert cloudflare.changes() == []
    assert remove(zone(), MARK) == 0
    assert len(cloudflare.records) == 1


def test_records_that_lead_nowhere_and_other_names_are_nobodys_business(cloudflare: Any, zone: Any) -> None:
    cloudflare.add(BINDER, "0 issue letsencrypt.org", "CAA")
    cloudflare.add("www.example.org", "203.0.113.50")
    assert make(zone()) == Made(created=2)
    assert remove(zone(), MARK) == 2
    assert len(cloudflare.records) == 2


def test_a_record_of_somebody_else_that_appears_meanwhile_is_told(cloudflare: Any, zone: Any) -> None:
    cloudflare.meanwhile = {"name": BINDER, "content": "lb.example.net", "kind": "CNAME"}
    with pytest.raises(NotOurs, match="81053"):
        make(zone())


def test_a_record_of_ours_that_appears_meanwhile_is_well(cloudflare: Any, zone: Any) -> None:
    cloudflare.meanwhile = {"name": BINDER, "content": ADDRESS, "comment": MARK, "ttl": 300}
    make(zone())
    assert cloudflare.table() == BOTH


def test_all_of_ours_are_found_and_removed_also_on_later_pages(cloudflare: Any, zone: Any) -> None:
    cloudflare.most = 2
    for number in range(5):
        cloudflare.add(f"n{number}.example.org", ADDRESS, comment=MARK)
    cloudflare.add("n9.example.org", ADDRESS, comment=MARK.upper())
    assert len(marked(zone(), MARK)) == 5
    left = leftovers(marked(zone(), MARK), ID)
    assert left[0].kind == "DNS record"
    assert MARK in left[0].reason
    assert "$CLOUDFLARE_API_TOKEN" in left[0].command
    assert remove(zone(), MARK) == 5
    assert remove(zone(), MARK) == 0


def test_one_that_is_gone_already_is_removed(cloudflare: Any, zone: Any) -> None:
    make(zone())
    found = marked(zone(), MARK)
    cloudflare.records.clear()
    zone().delete(found[0])


@pytest.mark.parametrize(
    ("token", "zone_id", "says"),
    [
        ("stolen", ID, "Invalid access token"),
        ("reader", ID, "Authentication error"),
        ("good", "f" * 32, "Unauthorized to access"),
    ],
)
def test_a_token_that_may_not_is_told_and_never_shown(zone: Any, token: str, zone_id: str, says: str) -> None:
    with pytest.raises(NotLetIn, match=says) as caught:
        make(zone(token, zone_id))
    assert "address.dns.token" in str(caught.value)
    assert token not in str(caught.value).replace("address.dns.token", "")


def test_the_limit_of_requests_is_waited_for_as_long_as_it_says(cloudflare: Any, zone: Any) -> None:
    cloudflare.busy = ["0", "0"]
    assert make(zone()) == Made(created=2)


@pytest.mark.parametrize("after", ["300", ""])
def test_a_limit_that_lasts_is_told(cloudflare: Any, zone: Any, after: str) -> None:
    cloudflare.busy = [after] * 9
    with pytest.raises(CloudflareError, match="wait five minutes"):
        make(zone())
    assert len(cloudflare.asked) == 1


def test_silence_is_told() -> None:
    with pytest.raises(CloudflareError, match="does not answer"):
        make(Zone(ID, "good", "http://127.0.0.1:9/client/v4"))
