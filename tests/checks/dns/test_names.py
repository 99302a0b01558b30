"""What name servers really say becomes a verdict: every fault is made on servers that answer on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue.dns import CHECKS
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Probe, Skipped, Verdict, Warned
from binder_deploy.checks.probes import dns
from binder_deploy.checks.probes.resolve import Net
from binder_deploy.checks.runner import run
from binder_deploy.settings.address import BareIp
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

Ask = Callable[..., Verdict]
Internet = Callable[..., Net]

ADDRESS = "198.51.100.7"
ROOT, ORG, NET, NS1, NS2, FAST, SLOW = (f"192.0.2.{n}" for n in (1, 2, 3, 11, 12, 101, 102))
SOA = "@ 300 IN SOA ns1.example.org. admin.example.org. 1 7200 3600 1209600 60\n"
OWN = SOA + "@ IN NS ns1.example.org.\n@ IN NS ns2.dns.net.\nns1 IN A 192.0.2.11\n"
RIGHT = "binder.example.org. 300 IN A 198.51.100.7\nhub.example.org. 300 IN A 198.51.100.7\n"
WRONG = "binder.example.org. 300 IN A 203.0.113.9\nhub.example.org. 300 IN A 198.51.100.7\n"


@pytest.fixture
def ask(settings: Callable[..., Settings], tmp_path: Path) -> Ask:
    """The verdict of one check when the name servers of `net` are asked."""

    def verdict(check_id: str, net: Net, reserved: str | None = ADDRESS, **change: Any) -> Verdict:
        (check,) = [c for c in CHECKS if c.id == check_id]
        bare = change.pop("bare", False)
        made = settings(**change).model_copy(update={"address": BareIp(kind="ip")} if bare else {})
        probes = dns.probes(Given(settings=made, folder=tmp_path, address=reserved), net)
        return run([check], {f.SETTINGS: Probe(lambda: made), **probes})[0].verdict

    return verdict


@pytest.mark.shows("BD-DNS-001", "passed")
def test_a_domain_is_delegated_when_both_zones_name_the_same_servers(ask: Ask, internet: Internet) -> None:
    assert ask("BD-DNS-001", internet()) == Passed("example.org: ns1.example.org, ns2.dns.net")


@pytest.mark.shows("BD-DNS-001", "failed")
def test_a_domain_that_nobody_registered_is_not_delegated(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-001", internet({ORG: {"org": SOA}}))
    assert isinstance(verdict, Failed)
    assert verdict.message == (
        "address.domain: nobody is in charge of example.org: .org announces no name servers for it"
    )


@pytest.mark.shows("BD-DNS-001", "failed")
def test_servers_that_do_not_keep_the_zone_are_told(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-001", internet({NS1: {}, NS2: None}))
    assert isinstance(verdict, Failed)
    assert "none of the name servers that are announced for example.org answers" in verdict.message
    assert "ns1.example.org: REFUSED" in verdict.detail
    assert "ns2.dns.net: no reply" in verdict.detail


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({NS2: {}}, "ns2.dns.net: REFUSED"),
        ({NET: {"net": SOA}}, "ns2.dns.net: has no address"),
        (
            {NS1: {"example.org": OWN + "@ IN NS ns9.dns.net.\n"}},
            "by the zone itself: ns1.example.org, ns2.dns.net, ns9",
        ),
    ],
)
def test_half_a_delegation_is_worth_a_warning(
    ask: Ask, internet: Internet, change: dict[str, dict[str, str]], told: str
) -> None:
    verdict = ask("BD-DNS-001", internet(change))
    assert isinstance(verdict, Warned)
    assert told in verdict.detail


@pytest.mark.parametrize(
    ("zone", "keeper"),
    [({"kind": "cloud-dns", "zone": "z"}, "Google Cloud DNS"), ({"kind": "manual"}, "")],
)
def test_a_zone_of_ours_must_be_the_one_that_is_asked(
    ask: Ask, internet: Internet, zone: dict[str, str], keeper: str
) -> None:
    verdict = ask("BD-DNS-001", internet(), address={"dns": zone})
    assert isinstance(verdict, Failed if keeper else Passed)
    assert keeper in verdict.message


@pytest.mark.parametrize("domain", ["example.org", "people.example.org", "no.such.example.org"])
def test_the_nearest_zone_counts_whether_the_name_exists_or_not(ask: Ask, internet: Internet, domain: str) -> None:
    net = internet(hosts="people.example.org. IN TXT x\n")
    assert ask("BD-DNS-001", net, address={"domain": domain}) == Passed("example.org: ns1.example.org, ns2.dns.net")


def test_servers_that_keep_two_zones_answer_without_a_referral(ask: Ask, internet: Internet) -> None:
    below = SOA + "@ IN NS ns1.example.org.\n"
    net = internet(
        {NS1: {"example.org": OWN, "sub.example.org": below}, NS2: {"example.org": OWN, "sub.example.org": below}}
    )
    verdict = ask("BD-DNS-001", net, address={"domain": "sub.example.org"})
    assert isinstance(verdict, Passed | Warned)
    assert verdict.message.startswith(("sub.example.org:", "the name servers of sub.example.org"))


def test_a_machine_that_cannot_ask_says_so_and_judges_nothing(ask: Ask, internet: Internet) -> None:
    net = internet({ROOT: None, FAST: None, SLOW: None})
    for check_id in ("BD-DNS-001", "BD-DNS-002", "BD-DNS-003", "BD-DNS-005"):
        verdict = ask(check_id, net)
        assert isinstance(verdict, Warned), "not unknown: `up` would ask again until its time is over"
        assert "the root servers cannot be asked from here" in verdict.detail
    assert isinstance(ask("BD-DNS-004", net), Warned)
    caa = ask("BD-DNS-006", net)
    assert isinstance(caa, Skipped)
    assert caa.reason == "unknown"


def test_a_resolver_in_the_root_servers_place_is_no_root_server(ask: Ask, internet: Internet) -> None:
    net = internet()
    intercepted = Net(roots=(FAST,), public=net.public, at=net.at, timeout_s=0.3)
    verdict = ask("BD-DNS-001", intercepted)
    assert isinstance(verdict, Warned)
    assert "answers without authority" in verdict.detail


@pytest.mark.shows("BD-DNS-002", "passed")
@pytest.mark.parametrize(("hosts", "address"), [("", None), ("", ADDRESS), (RIGHT, ADDRESS)])
def test_absent_names_and_our_own_are_free(ask: Ask, internet: Internet, hosts: str, address: str | None) -> None:
    assert ask("BD-DNS-002", internet(hosts=hosts), address) == Passed()


@pytest.mark.shows("BD-DNS-002", "failed")
def test_a_name_that_leads_elsewhere_already_is_a_warning(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-002", internet(hosts=WRONG), None)
    assert isinstance(verdict, Warned)
    assert "binder.example.org leads to 203.0.113.9" in verdict.message
    assert "no address is reserved yet" in verdict.message
    assert "binder" in ask("BD-DNS-002", internet(hosts=WRONG), ADDRESS).message


@pytest.mark.shows("BD-DNS-003", "passed")
def test_names_lead_to_the_address(ask: Ask, internet: Internet) -> None:
    assert ask("BD-DNS-003", internet(hosts=RIGHT)) == Passed("binder.example.org, hub.example.org at 198.51.100.7")


@pytest.mark.shows("BD-DNS-003", "failed")
def test_missing_names_come_with_the_lines_to_create(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-003", internet())
    assert isinstance(verdict, Failed)
    assert "binder.example.org: no such name" in verdict.message
    assert "`binder.example.org. 300 IN A 198.51.100.7`; `hub.example.org. 300 IN A 198.51.100.7`" in verdict.remedy
    assert "run `binder-deploy up` again" in verdict.remedy


def test_only_the_wrong_name_is_to_be_created(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-003", internet(hosts=WRONG))
    assert isinstance(verdict, Failed)
    assert verdict.message == "not at the reserved address 198.51.100.7: binder.example.org: 203.0.113.9"
    assert "hub.example.org" not in verdict.remedy


def test_one_server_that_lags_behind_is_found(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-003", internet({NS2: {"example.org": OWN}}, hosts=RIGHT))
    assert isinstance(verdict, Failed)
    assert "no such name" in verdict.message


def test_one_of_two_addresses_elsewhere_is_wrong(ask: Ask, internet: Internet) -> None:
    second = RIGHT + "hub.example.org. 300 IN A 203.0.113.9\n"
    verdict = ask("BD-DNS-003", internet(hosts=second))
    assert isinstance(verdict, Failed)
    assert "hub.example.org: 198.51.100.7, 203.0.113.9" in verdict.message


def test_an_alias_is_followed_out_of_its_zone(ask: Ask, internet: Internet) -> None:
    alias = "binder.example.org. IN CNAME lb.net.\nhub.example.org. IN CNAME lb.net.\n"
    net = internet({NET: {"net": SOA + "ns2.dns IN A 192.0.2.12\nlb IN A 198.51.100.7\n"}}, hosts=alias)
    assert isinstance(ask("BD-DNS-003", net), Passed)


def test_a_load_balancer_s_host_name_is_reached_by_alias(ask: Ask, internet: Internet) -> None:
    balanced = {NET: {"net": SOA + "ns2.dns IN A 192.0.2.12\nlb IN A 203.0.113.1\nlb IN A 203.0.113.2\n"}}
    alias = "binder.example.org. IN CNAME lb.net.\nhub.example.org. IN A 203.0.113.2\n"
    assert isinstance(ask("BD-DNS-003", internet(balanced, hosts=alias), "lb.net"), Passed)
    verdict = ask("BD-DNS-003", internet(balanced), "lb.net")
    assert isinstance(verdict, Failed)
    assert "`binder.example.org. 300 IN CNAME lb.net.`" in verdict.remedy


def test_aliases_in_a_circle_end(ask: Ask, internet: Internet) -> None:
    circle = "binder.example.org. IN CNAME a.net.\nhub.example.org. IN CNAME a.net.\n"
    net = internet({NET: {"net": SOA + "ns2.dns IN A 192.0.2.12\na IN CNAME binder.example.org.\n"}}, hosts=circle)
    verdict = ask("BD-DNS-003", net)
    assert isinstance(verdict, Failed)
    assert "aliases without an end" in verdict.detail


def test_silent_servers_are_a_failure_not_an_absence(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-003", internet({NS1: {}, NS2: {}}))
    assert isinstance(verdict, Failed)
    assert "no name server answers for binder.example.org, hub.example.org" in verdict.message


def test_an_answer_too_long_for_a_packet_comes_by_tcp(ask: Ask, internet: Internet) -> None:
    many = RIGHT + "".join(f"hub.example.org. 300 IN A 203.0.113.{n}\n" for n in range(1, 100))
    verdict = ask("BD-DNS-003", internet(hosts=many))
    assert isinstance(verdict, Failed)
    assert "and 95 more" in verdict.message


def test_a_zone_of_ours_is_mended_by_up(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-003", internet(), address={"dns": {"kind": "cloud-dns", "zone": "z"}})
    assert isinstance(verdict, Failed)
    assert verdict.remedy.startswith("`binder-deploy up` keeps these records")


@pytest.mark.shows("BD-DNS-004", "passed")
def test_resolvers_that_know_the_names_pass(ask: Ask, internet: Internet) -> None:
    assert ask("BD-DNS-004", internet(hosts=RIGHT)) == Passed()


@pytest.mark.shows("BD-DNS-004", "failed")
def test_an_old_answer_is_told_with_the_time_that_it_may_last(ask: Ask, internet: Internet) -> None:
    old = SOA + "binder.example.org. 7200 IN A 203.0.113.9\nhub.example.org. 300 IN A 198.51.100.7\n"
    verdict = ask("BD-DNS-004", internet({SLOW: {".": old}}, hosts=RIGHT))
    assert isinstance(verdict, Warned)
    assert f"{SLOW} says binder.example.org: 203.0.113.9" in verdict.message
    assert FAST not in verdict.message
    assert "wait up to 7200 s" in verdict.remedy


def test_that_a_name_is_missing_is_repeated_for_a_while_too(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-004", internet({SLOW: {".": SOA}}, hosts=RIGHT))
    assert isinstance(verdict, Warned)
    assert f"{SLOW} says hub.example.org: no such name" in verdict.message
    assert "wait up to 300 s" in verdict.remedy


def test_resolvers_that_all_refuse_are_a_warning(ask: Ask, internet: Internet) -> None:
    assert isinstance(ask("BD-DNS-004", internet({FAST: {}, SLOW: {}})), Warned)
    assert isinstance(ask("BD-DNS-004", internet({FAST: {}}, hosts=RIGHT)), Passed)


@pytest.mark.shows("BD-DNS-005", "passed")
def test_no_ipv6_record_is_no_stray_one(ask: Ask, internet: Internet) -> None:
    assert ask("BD-DNS-005", internet(hosts=RIGHT)) == Passed()


@pytest.mark.shows("BD-DNS-005", "failed")
@pytest.mark.shows("BD-DNS-003", "passed")
def test_a_stray_ipv6_record_fails_beside_a_right_address(ask: Ask, internet: Internet) -> None:
    net = internet(hosts=RIGHT + "hub.example.org. IN AAAA 2001:db8::9\n")
    verdict = ask("BD-DNS-005", net)
    assert isinstance(verdict, Failed)
    assert "`hub.example.org. AAAA 2001:db8::9`" in verdict.remedy
    assert isinstance(ask("BD-DNS-003", net), Passed)


CAA = 'example.org. IN CAA 0 issue "letsencrypt.org"\n'


@pytest.mark.shows("BD-DNS-006", "passed")
@pytest.mark.parametrize(
    "records",
    [
        "",
        CAA,
        'example.org. IN CAA 0 issue "ca.example.net"\n' + CAA,
        'example.org. IN CAA 0 iodef "mailto:it@example.org"\n',
        'example.org. IN CAA 0 issuewild ";"\n',
        'example.org. IN CAA 0 issue "letsencrypt.org; validationmethods=dns-01,http-01"\n',
        'example.org. IN CAA 0 issue ";"\nbinder.example.org. IN CAA 0 issue "letsencrypt.org"\n'
        'hub.example.org. IN CAA 0 issue "LetsEncrypt.org"\n',
    ],
)
def test_caa_records_that_admit_the_issuer(ask: Ask, internet: Internet, records: str) -> None:
    assert isinstance(ask("BD-DNS-006", internet(hosts=records)), Passed)


@pytest.mark.shows("BD-DNS-006", "failed")
@pytest.mark.parametrize(
    ("records", "told"),
    [
        (
            'example.org. IN CAA 0 issue "ca.example.net"\n',
            "let ca.example.net issue certificates, not letsencrypt.org",
        ),
        ('example.org. IN CAA 0 issue ";"\n', "let nobody issue"),
        (CAA + 'hub.example.org. IN CAA 0 issue ";"\n', "CAA records of hub.example.org let nobody"),
        ('example.org. IN CAA 0 issue "letsencrypt.org; validationmethods=dns-01"\n', "not by HTTP-01"),
        (CAA + 'example.org. IN CAA 128 tbs "x"\n', "critical"),
    ],
)
def test_caa_records_that_forbid_the_issuer(ask: Ask, internet: Internet, records: str, told: str) -> None:
    verdict = ask("BD-DNS-006", internet(hosts=records))
    assert isinstance(verdict, Failed)
    assert told in verdict.message
    assert 'CAA 0 issue "letsencrypt.org"`' in verdict.remedy


def test_caa_records_that_cannot_be_read_forbid_too(ask: Ask, internet: Internet) -> None:
    verdict = ask("BD-DNS-006", internet({FAST: {}, SLOW: {}}))
    assert isinstance(verdict, Failed)
    assert "REFUSED" in verdict.message


def test_caa_records_for_one_account_alone_are_worth_a_warning(ask: Ask, internet: Internet) -> None:
    bound = 'example.org. IN CAA 0 issue "letsencrypt.org; accounturi=https://acme.example/acct/1"\n'
    assert isinstance(ask("BD-DNS-006", internet(hosts=bound)), Warned)


@pytest.mark.parametrize("check_id", [c.id for c in CHECKS])
def test_without_names_nothing_is_asked(ask: Ask, internet: Internet, check_id: str) -> None:
    bare = ask(check_id, internet({ROOT: None, FAST: None, SLOW: None}), bare=True)
    assert isinstance(bare, Skipped)
    assert bare.reason == "not applicable"
