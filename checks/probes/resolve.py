"""Asks name servers themselves, from the root downwards, so that no cache and no local resolver can be in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

ROOTS = ("198.41.0.4", "199.9.14.201", "192.33.4.12", "199.7.91.13")
"""Root servers a to d (iana.org/domains/root/servers); any one knows the way."""
PUBLIC_RESOLVERS = ("1.1.1.1", "8.8.8.8")
_DEEPEST = 5
"""Aliases into other zones, and servers of servers, that are followed: more is a loop."""


class NoAnswer(Exception):
    """A server did not answer, or nothing that can be used; the message says what."""


class Silent(NoAnswer):
    """No answer at all came: it may be the way, and not the server."""


class Unreachable(Exception):
    """Name servers cannot be asked from here at all."""


@dataclass(frozen=True)
class Net:
    """Where name servers are found."""

    roots: Sequence[str] = ROOTS
    public: Sequence[str] = PUBLIC_RESOLVERS
    at: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Address of a server → address and port where it is really asked: for tests."""
    timeout_s: float = 2.0
    tries: int = 2
    """A lost packet is nothing unusual."""

    def ask(self, server: str, name: dns.name.Name, kind: str, *, recurse: bool = False) -> dns.message.QueryMessage:
        """The reply of one server, by TCP where it does not fit into UDP. Raises `NoAnswer`, `Silent`."""
        query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
        if not recurse:
            query.flags &= ~dns.flags.RD
        where, port = self.at.get(server, (server, 53))
        why = ""
        for _ in range(self.tries):
            try:
                reply, _tcp = dns.query.udp_with_fallback(query, where, timeout=self.timeout_s, port=port)
            except dns.exception.Timeout:
                why = "no reply"
            except (dns.exception.DNSException, OSError, EOFError) as error:
                why = f"{type(error).__name__}: {error}"
            else:
                if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                    raise NoAnswer(dns.rcode.to_text(reply.rcode()))
                assert isinstance(reply, dns.message.QueryMessage)  # noqa: S101 - a reply to a query is one
                return reply
        raise Silent(why)


@dataclass(frozen=True)
class Zone:
    """A zone and its servers, as the zone above announces them."""

    name: dns.name.Name
    servers: tuple[tuple[str, str], ...]
    """Name (or, of a root server, its address) and address. A server without an address is left out."""
    announced: frozenset[str]
    silent: tuple[str, ...] = ()
    """`server: why`, for those that were asked and gave no answer of their own authority."""


def zone_of(net: Net, name: dns.name.Name, depth: int = 0) -> Zone:
    """The zone that holds `name`, found by following the delegations from the root.

    A zone none of whose servers answers with authority is returned as it was announced, with `silent` filled in.
    Raises `Unreachable` if the root servers cannot be asked.
    """
    zone = Zone(dns.name.root, tuple((root, root) for root in net.roots), frozenset())
    while True:
        silent = []
        for server, address in zone.servers:
            try:
                reply = net.ask(address, name, "SOA")
            except NoAnswer as error:
                silent.append(f"{server}: {error}")
                continue
            if below := _referral(reply, zone.name, name):
                zone = Zone(below.name, tuple(_servers(net, reply, below, depth)), _targets(below))
                break
            if reply.flags & dns.flags.AA:
                return _held(zone, reply)
            silent.append(f"{server}: answers without authority")
        else:
            if zone.name == dns.name.root:
                raise Unreachable(f"the root servers cannot be asked from here ({'; '.join(silent)})")
            return Zone(zone.name, zone.servers, zone.announced, tuple(silent))


def with_authority(reply: dns.message.QueryMessage) -> dns.message.QueryMessage:
    """The same reply. Raises `NoAnswer` if the server does not speak for the zone."""
    if not reply.flags & dns.flags.AA:
        raise NoAnswer("answers without authority")
    return reply


def addresses(net: Net, name: dns.name.Name, kind: str = "A", depth: int = 0) -> tuple[frozenset[str], tuple[str, ...]]:
    """Addresses of a name, by the first of its zone's servers that answers, and the aliases on the way.

    Raises `NoAnswer`, `Unreachable`.
    """
    if depth > _DEEPEST:
        raise NoAnswer("aliases without an end")
    zone = zone_of(net, name, depth)
    why = "; ".join(zone.silent) or f"no server of {text(zone.name) or 'the root'} has an address"
    for _, address in zone.servers:
        try:
            return followed(net, with_authority(net.ask(address, name, kind)), kind, depth)
        except NoAnswer as error:
            why = str(error)
    raise NoAnswer(why)


def followed(
    net: Net, reply: dns.message.QueryMessage, kind: str, depth: int = 0
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Addresses and aliases in a reply; where it ends at an alias, the alias's own servers are asked."""
    found, aliases = chained(reply)
    if found or not aliases or reply.rcode() != dns.rcode.NOERROR:
        return found, aliases
    end, further = addresses(net, dns.name.from_text(aliases[-1]), kind, depth + 1)
    return end, (*aliases, *further)


def chained(reply: dns.message.QueryMessage) -> tuple[frozenset[str], tuple[str, ...]]:
    """Addresses and aliases as far as the reply itself has them. Raises `NoAnswer` for aliases in a circle."""
    try:
        chain = reply.resolve_chaining()
    except dns.message.AnswerForNXDOMAIN:
        return frozenset(), ()
    except dns.exception.DNSException as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    aliases = tuple(text(record.target) for alias in chain.cnames for record in alias)
    return frozenset(record.to_text() for record in chain.answer or ()), aliases


def text(name: dns.name.Name) -> str:
    """As people write it."""
    return name.canonicalize().to_text(omit_final_dot=True) if name != dns.name.root else ""


def _referral(reply: dns.message.QueryMessage, zone: dns.name.Name, name: dns.name.Name) -> dns.rrset.RRset | None:
    """The name servers of a zone nearer to `name`, if that is what the reply says."""
    if reply.flags & dns.flags.AA or reply.answer:
        return None
    for found in reply.authority:
        nearer = found.name != zone and found.name.is_subdomain(zone)
        if found.rdtype == dns.rdatatype.NS and nearer and name.is_subdomain(found.name):
            return found
    return None


def _servers(
    net: Net, reply: dns.message.QueryMessage, below: dns.rrset.RRset, depth: int
) -> Iterator[tuple[str, str]]:
    """Names and addresses of announced servers: those sent along, and for the others those that can be found."""
    sent = {found.name: found for found in reply.additional if found.rdtype == dns.rdatatype.A}
    for record in below:
        if glue := sent.get(record.target):
            yield from ((text(record.target), address.to_text()) for address in glue)
        elif depth < _DEEPEST and not record.target.is_subdomain(below.name):
            try:
                found, _ = addresses(net, record.target, depth=depth + 1)
            except NoAnswer:
                continue
            yield from ((text(record.target), address) for address in sorted(found))


def _held(zone: Zone, reply: dns.message.QueryMessage) -> Zone:
    """The zone by its SOA record: servers that keep a zone and the one below it answer without a referral."""
    for found in (*reply.answer, *reply.authority):
        if found.rdtype == dns.rdatatype.SOA and found.name != zone.name and found.name.is_subdomain(zone.name):
            return Zone(found.name, zone.servers, zone.announced)
    return zone


def _targets(servers: dns.rrset.RRset) -> frozenset[str]:
    return frozenset(text(record.target) for record in servers)
