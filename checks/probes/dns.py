"""What the internet says about the host names. Nothing but questions is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

import dns.message
import dns.name
import dns.rcode

from binder_deploy.checks.facts import dns as d
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.resolve import (
    Net,
    NoAnswer,
    Silent,
    Unreachable,
    addresses,
    chained,
    followed,
    text,
    with_authority,
    zone_of,
)
from binder_deploy.settings.address import Domain

_TIMEOUT_S = 20.0
"""A walk from the root asks a dozen servers, one after the other."""
_NET = Net()


def probes(given: Given, net: Net = _NET) -> dict[Key[Any], Probe[Any]]:
    """Probes for the names in the settings; where they have to lead is known once there is an address."""
    reserved, address = given.address, given.settings.address
    found: dict[Key[Any], Probe[Any]] = {d.RESERVED: Probe(lambda: reserved)}
    if reserved:
        found[d.TARGET] = Probe(lambda: target(net, reserved), timeout_s=_TIMEOUT_S)
    domain, hosts = address.domain if isinstance(address, Domain) else None, given.settings.hosts
    return found | {
        d.DELEGATION: Probe(lambda: delegation(net, domain) if domain else None, timeout_s=_TIMEOUT_S),
        d.AUTHORITATIVE: Probe(lambda: authoritative(net, hosts), timeout_s=_TIMEOUT_S),
        d.PUBLIC: Probe(lambda: public(net, hosts), timeout_s=_TIMEOUT_S),
        d.CAA: Probe(lambda: tuple(caa(net, host) for host in hosts), timeout_s=_TIMEOUT_S),
    }


def delegation(net: Net, domain: str) -> d.Delegation | d.OutOfReach:
    """Who answers for the domain."""
    try:
        zone = zone_of(net, _name(domain))
    except Unreachable as error:
        return d.OutOfReach(str(error))
    own: set[str] = set()
    silent = list(zone.silent)
    for server, address in zone.servers if not silent else ():
        try:
            reply = with_authority(net.ask(address, zone.name, "NS"))
        except NoAnswer as error:
            silent.append(f"{server}: {error}")
        else:
            own |= {text(record.target) for records in reply.answer for record in records}
    without = zone.announced - {server for server, _ in zone.servers}
    silent += [f"{server}: has no address" for server in sorted(without)]
    return d.Delegation(text(zone.name), zone.announced or frozenset(own), frozenset(own), tuple(silent))


def authoritative(net: Net, hosts: Sequence[str]) -> tuple[d.Answer, ...] | d.OutOfReach:
    """What every server of a host's zone says about it: one that lags behind is found, too."""
    try:
        return tuple(_by_its_own_servers(net, hosts))
    except Unreachable as error:
        return d.OutOfReach(str(error))


def _by_its_own_servers(net: Net, hosts: Sequence[str]) -> Iterator[d.Answer]:
    for host in hosts:
        zone = zone_of(net, _name(host))
        if zone.silent or not zone.servers:
            why = "; ".join(zone.silent) or "no server of its zone has an address"
            yield d.Answer(host, text(zone.name), problem=why)
        else:
            yield from (_answer(net, host, server, address, recurse=False) for server, address in zone.servers)


def public(net: Net, hosts: Sequence[str]) -> tuple[d.Answer, ...]:
    """What public resolvers hand out now, from their caches or anew."""
    return tuple(_answer(net, host, server, server, recurse=True) for host in hosts for server in net.public)


def target(net: Net, reserved: str) -> d.Target:
    """Where the names have to lead. A load balancer's host name is looked up: raises `NoAnswer`, `Unreachable`."""
    try:
        return d.Target(reserved, frozenset({str(ipaddress.ip_address(reserved))}))
    except ValueError:
        name = _name(reserved)
        found = addresses(net, name)[0] | addresses(net, name, "AAAA")[0]
        return d.Target(text(name), found)


def caa(net: Net, host: str) -> d.Caa:
    """The CAA records that bind a host: of the nearest name, from the host upwards, that has any (RFC 8659, 3).

    Raises `Unreachable` if no resolver says anything at all.
    """
    name = _name(host)
    while len(name.labels) > 1:  # the root itself has none
        try:
            reply = _any_resolver(net, name)
        except NoAnswer as error:
            return d.Caa(host, text(name), problem=str(error))
        records = reply.resolve_chaining().answer if reply.rcode() == dns.rcode.NOERROR else None
        if records is not None:
            found = tuple((r.flags, r.tag.decode().lower(), r.value.decode(errors="replace")) for r in records)
            return d.Caa(host, text(name), found)
        name = name.parent()
    return d.Caa(host)


def _any_resolver(net: Net, name: dns.name.Name) -> dns.message.QueryMessage:
    said = []
    silent = True
    for server in net.public:
        try:
            return net.ask(server, name, "CAA", recurse=True)
        except NoAnswer as error:
            silent = silent and isinstance(error, Silent)
            said.append(f"{server}: {error}")
    raise (Unreachable if silent else NoAnswer)("; ".join(said))


def _answer(net: Net, host: str, server: str, address: str, *, recurse: bool) -> d.Answer:
    found: dict[str, frozenset[str]] = {}
    aliases: dict[str, None] = {}
    ttl = 0
    try:
        for kind in ("A", "AAAA"):
            reply = net.ask(address, _name(host), kind, recurse=recurse)
            found[kind], on_the_way = chained(reply) if recurse else followed(net, with_authority(reply), kind)
            aliases |= dict.fromkeys(on_the_way)
            # That there is nothing is repeated, too: for as long as the zone's SOA says.
            ttl = max([ttl, *(records.ttl for records in reply.answer or reply.authority)])
    except NoAnswer as error:
        return d.Answer(host, server, problem=str(error))
    return d.Answer(host, server, found["A"], found["AAAA"], tuple(aliases), ttl)


def _name(host: str) -> dns.name.Name:
    return dns.name.from_text(host.lower())
