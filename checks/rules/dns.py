"""The names: delegated, and leading to the reserved address everywhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import dns as d
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import listing
from binder_deploy.settings.model import Settings

_TTL_S = 300
_KEEPERS: Mapping[str, tuple[str, str]] = {
    "cloud-dns": ("Google Cloud DNS", r"\.googledomains\.com$"),
    "route53": ("Amazon Route 53", r"\.awsdns-"),
}
"""`address.dns.kind` → who keeps the zone, and what the names of their servers look like."""
NO_NAMES = Skipped("not applicable", "address.kind is ip: there are no names")


def delegated(facts: Facts) -> Verdict:
    """The zone above announces servers that answer for the domain."""
    found, settings = facts[d.DELEGATION], facts[f.SETTINGS]
    if found is None or settings.address.kind == "ip":
        return NO_NAMES
    if isinstance(found, d.OutOfReach):
        return _out_of_reach(found)
    domain, kind = settings.address.domain, settings.address.dns.kind
    if "." not in found.zone:
        return Failed(
            f"address.domain: nobody is in charge of {domain}: .{found.zone} announces no name servers for it",
            "register the domain, or enter its zone's name servers (NS) at the registrar; "
            "then `binder-deploy check --only BD-DNS-001`",
        )
    if not found.own:
        return Failed(
            f"address.domain: none of the name servers that are announced for {found.zone} answers for it",
            "enter the name servers that really keep the zone (NS) at the registrar or in the zone above; "
            f"`dig +trace {domain} NS` shows the way",
            "\n".join(found.silent),
        )
    keeper, pattern = _KEEPERS.get(kind, ("", ""))
    if not any(re.search(pattern, server) for server in found.announced):
        return Failed(
            f"address.dns.kind is {kind}, but {found.zone} is served by {listing(found.announced)}, not by {keeper}: "
            "records made there would be seen by nobody",
            f"enter the name servers of your zone at {keeper} (NS) in the zone above, or set address.dns.kind: manual",
        )
    if found.silent or found.announced != found.own:
        told = [*found.silent]
        if found.announced != found.own:
            told.append(f"announced: {listing(found.announced)}; by the zone itself: {listing(found.own)}")
        return Warned(
            f"the name servers of {found.zone} are not all in order: some visitors may not find the names",
            "make the NS records in the zone and in the zone above the same, with servers that answer",
            "\n".join(told),
        )
    return Passed(f"{found.zone}: {listing(found.own)}")


def names_are_free(facts: Facts) -> Verdict:
    """Nothing else uses the names: what they lead to now stops being found there."""
    if not facts[f.SETTINGS].address.hosts:
        return NO_NAMES
    answers = facts[d.AUTHORITATIVE]
    if isinstance(answers, d.OutOfReach):
        return _out_of_reach(answers)
    reserved = facts[d.RESERVED]
    found: dict[str, set[str]] = {}
    for answer in answers:
        if answer.everything and answer.everything != {reserved} and reserved not in answer.aliases:
            found.setdefault(answer.host, set()).update(answer.aliases or answer.everything)
    if not found:
        return Passed()
    told = "; ".join(f"{host} leads to {listing(where)}" for host, where in sorted(found.items()))
    whose = f"not to the reserved address {reserved}" if reserved else "and no address is reserved yet"
    return Warned(
        f"in use already: {told}, {whose}",
        "if something else is still needed there, choose another address.domain; else change these records as "
        "`binder-deploy up` says, once it has reserved the address",
    )


def names_lead_to_address(facts: Facts) -> Verdict:
    """Every server of the zone sends people to the reserved address."""
    settings, target = facts[f.SETTINGS], facts[d.TARGET]
    if not settings.address.hosts:
        return NO_NAMES
    answers = facts[d.AUTHORITATIVE]
    if isinstance(answers, d.OutOfReach):
        return _out_of_reach(answers)
    wrong: dict[str, set[str]] = {}
    silent = []
    for answer in answers:
        if answer.problem:
            silent.append(f"{answer.host} at {answer.server}: {answer.problem}")
        elif not leads(answer, target):
            wrong.setdefault(answer.host, set()).add(_seen(answer))
    answered = {a.host for a in answers if not a.problem}
    if unheard := set(settings.hosts) - answered:
        return Failed(
            f"no name server answers for {listing(unheard)}",
            f"`dig +trace {min(unheard)}` shows where the way ends; BD-DNS-001 says what the zone lacks",
            "\n".join(silent),
        )
    if wrong:
        told = "; ".join(f"{host}: {listing(seen)}" for host, seen in sorted(wrong.items()))
        return Failed(
            f"not at the reserved address {target.name}: {told}",
            _create(settings, target, wrong),
            "\n".join(silent),
        )
    return Passed(f"{listing(settings.hosts)} at {target.name}", "\n".join(silent))


def resolvers_agree(facts: Facts) -> Verdict:
    """Public resolvers hand out the reserved address, and no longer what was there before."""
    if not facts[f.SETTINGS].address.hosts:
        return NO_NAMES
    target = facts[d.TARGET]
    late = [a for a in facts[d.PUBLIC] if not a.problem and not leads(a, target)]
    if late:
        told = "; ".join(f"{a.server} says {a.host}: {_seen(a)}" for a in late)
        wait_s = max(a.ttl for a in late)
        return Warned(
            f"public resolvers do not lead to {target.name} yet: {told}",
            f"wait up to {wait_s} s: that long an old answer may be repeated; "
            "then `binder-deploy check --only BD-DNS-004`",
        )
    silent = [f"{a.server} on {a.host}: {a.problem}" for a in facts[d.PUBLIC] if a.problem]
    if len(silent) == len(facts[d.PUBLIC]):
        return Warned(
            "no public resolver has an answer for the names: hardly anybody finds them, or this machine may not ask",
            "`dig +trace` shows where the way ends; BD-DNS-001 says what the zone lacks (DNSSEC records of "
            "former name servers at the registrar have this effect, too)",
            "\n".join(silent),
        )
    return Passed(detail="\n".join(silent))


def no_stray_ipv6(facts: Facts) -> Verdict:
    """No AAAA record leads elsewhere: browsers and Let's Encrypt prefer IPv6."""
    if not facts[f.SETTINGS].address.hosts:
        return NO_NAMES
    answers = facts[d.AUTHORITATIVE]
    if isinstance(answers, d.OutOfReach):
        return _out_of_reach(answers)
    target = facts[d.TARGET]
    stray = {
        answer.host: answer.addresses6 - target.addresses
        for answer in answers
        if answer.addresses6 - target.addresses and target.name not in answer.aliases
    }
    if stray:
        told = "; ".join(f"{host}: {listing(where)}" for host, where in sorted(stray.items()))
        return Failed(
            f"AAAA records lead elsewhere than to {target.name}: {told}; browsers and Let's Encrypt try IPv6 first",
            "remove them: "
            + "; ".join(f"`{h}. AAAA {a}`" for h, where in sorted(stray.items()) for a in sorted(where)),
        )
    return Passed()


def leads(answer: d.Answer, target: d.Target) -> bool:
    """Whether this answer brings people to the target, and nowhere else, by IPv4 or IPv6."""
    if target.name in answer.aliases:
        return True
    return bool(answer.everything) and answer.everything - _other_family(target, answer) <= target.addresses


def records(hosts: Iterable[str], target: d.Target) -> list[str]:
    """The lines of a zone file that lead there."""
    try:
        kind, where = "A" if ipaddress.ip_address(target.name).version == 4 else "AAAA", target.name
    except ValueError:
        kind, where = "CNAME", f"{target.name}."
    return [f"{host}. {_TTL_S} IN {kind} {where}" for host in sorted(hosts)]


def _out_of_reach(found: d.OutOfReach) -> Warned:
    return Warned(
        "name servers cannot be asked from this machine, so nothing is known of the names",
        "run `binder-deploy check` where port 53 (UDP and TCP) is open, or look with `dig` from there",
        found.why,
    )


def _create(settings: Settings, target: d.Target, hosts: Iterable[str]) -> str:
    lines = "; ".join(f"`{line}`" for line in records(hosts, target))
    if settings.address.kind == "domain" and settings.address.dns.kind != "manual":
        return f"`binder-deploy up` keeps these records: run it again, and remove others of these names ({lines})"
    return (
        f"create, in place of others of these names: {lines}; then run `binder-deploy up` again, it goes on from here"
    )


def _other_family(target: d.Target, answer: d.Answer) -> frozenset[str]:
    """Addresses that a check of their own looks at: IPv6 beside an IPv4 target that is there, too."""
    return answer.addresses6 if answer.addresses & target.addresses else frozenset()


def _seen(answer: d.Answer) -> str:
    if answer.aliases:
        return f"alias of {answer.aliases[-1]}"
    return listing(answer.everything) or "no such name"
