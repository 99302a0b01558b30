"""A small internet on loopback: root, top-level domains, two name servers of a zone, two public resolvers.

Real packets over UDP and TCP. Servers have documentation addresses, which `Net.at` sends to loopback ports.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

from binder_deploy.checks.probes.resolve import Net

SOA = "@ 300 IN SOA ns1.example.org. admin.example.org. 1 7200 3600 1209600 60\n"
ROOT, ORG, NET, NS1, NS2, FAST, SLOW = (f"192.0.2.{n}" for n in (1, 2, 3, 11, 12, 101, 102))
"""FAST and SLOW are public resolvers."""
OWN = SOA + "@ IN NS ns1.example.org.\n@ IN NS ns2.dns.net.\nns1 IN A 192.0.2.11\n"
"""The zone example.org, without the hosts."""
INTERNET: dict[str, dict[str, str]] = {
    ROOT: {
        ".": SOA + "org. IN NS a.org-servers.org.\na.org-servers.org. IN A 192.0.2.2\n"
        "net. IN NS a.net-servers.net.\na.net-servers.net. IN A 192.0.2.3\n"
    },
    ORG: {"org": SOA + "example IN NS ns1.example\nexample IN NS ns2.dns.net.\nns1.example IN A 192.0.2.11\n"},
    NET: {"net": SOA + "ns2.dns IN A 192.0.2.12\n"},
    NS1: {"example.org": OWN},
    NS2: {"example.org": OWN},
    FAST: {".": SOA},
    SLOW: {".": SOA},
}
"""Server → zone → its text."""


class Zones:
    """Answers from its zones as an authoritative server does: with referrals, and with nothing of other zones.

    A resolver has the whole world in one zone: what its cache holds now.
    """

    def __init__(self, zones: Mapping[str, str], resolver: bool) -> None:
        self.resolver = resolver
        self.zones = {
            dns.name.from_text(origin): dns.zone.from_text(text, origin, relativize=False, check_origin=False)
            for origin, text in zones.items()
        }

    def reply(self, packet: bytes) -> dns.message.Message:
        query = dns.message.from_wire(packet)
        reply = dns.message.make_response(query, recursion_available=self.resolver)
        (question,) = query.question
        kept = [origin for origin in self.zones if question.name.is_subdomain(origin)]
        if kept:
            self._answer(reply, self.zones[max(kept, key=lambda origin: len(origin.labels))], question)
        else:
            reply.set_rcode(dns.rcode.REFUSED)
        return reply

    def _answer(self, reply: Any, zone: Any, question: Any) -> None:
        name = question.name
        above = [name.split(n)[1] for n in range(len(zone.origin.labels) + 1, len(name.labels) + 1)]
        for cut in above if not self.resolver else ():
            if servers := zone.get_rrset(cut, "NS"):
                reply.authority.append(servers)
                glue = (zone.get_rrset(server.target, "A") for server in servers)
                reply.additional += [g for g in glue if g]
                return
        if not self.resolver:
            reply.flags |= dns.flags.AA
        while name in zone.nodes and (alias := zone.get_rrset(name, "CNAME")):
            reply.answer.append(alias)
            name = alias[0].target
        if name in zone.nodes and (found := zone.get_rrset(name, question.rdtype)):
            reply.answer.append(found)
            return
        reply.authority.append(zone.get_rrset(zone.origin, "SOA"))
        inside = name.is_subdomain(zone.origin)
        if inside and not any(n.is_subdomain(name) for n in zone.nodes) and not reply.answer:
            reply.set_rcode(dns.rcode.NXDOMAIN)


class Packets(socketserver.BaseRequestHandler):
    """Longer answers need TCP, as they do out there."""

    def handle(self) -> None:
        packet, sender = self.request
        reply = self.server.zones.reply(packet)  # type: ignore[attr-defined]
        try:
            wire = reply.to_wire(max_size=512)
        except dns.exception.TooBig:
            short = dns.message.make_response(dns.message.from_wire(packet))
            short.flags |= dns.flags.TC
            wire = short.to_wire()
        sender.sendto(wire, self.client_address)


class Streams(socketserver.StreamRequestHandler):
    """The same by TCP, each message behind its length."""

    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.rfile.read(2))
        wire = self.server.zones.reply(self.rfile.read(length)).to_wire(max_size=65535)  # type: ignore[attr-defined]
        self.wfile.write(struct.pack("!H", len(wire)) + wire)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Nobody answers there: bound, but never read."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def internet(closed_port: int) -> Iterator[Callable[..., Net]]:
    """Starts it, with some servers' zones changed: `internet({NS2: {}})` has one that refuses everything, and
    `internet({NS2: None})` one that is silent. `hosts`: lines, with full names, that both servers of example.org
    and both resolvers have."""
    running: list[socketserver.BaseServer] = []

    def start(address: str, zones: Mapping[str, str]) -> tuple[str, int]:
        for server in _both():
            server.zones = Zones(zones, resolver=address in (FAST, SLOW))  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            running.append(server)
        return "127.0.0.1", running[-1].server_address[1]  # type: ignore[return-value]

    def build(change: Mapping[str, Mapping[str, str] | None] | None = None, hosts: str = "") -> Net:
        plan: dict[str, Mapping[str, str] | None] = {
            address: {o: text + hosts for o, text in zones.items()} if address in (NS1, NS2, FAST, SLOW) else zones
            for address, zones in INTERNET.items()
        }
        at = {
            address: ("127.0.0.1", closed_port) if zones is None else start(address, zones)
            for address, zones in (plan | dict(change or {})).items()
        }
        return Net(roots=(ROOT,), public=(FAST, SLOW), at=at, timeout_s=0.3)

    yield build
    for server in running:
        server.shutdown()
        server.server_close()


def _both() -> tuple[socketserver.BaseServer, socketserver.BaseServer]:
    """UDP and TCP on one port, which has to be free for both."""
    while True:
        packets = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Packets)
        try:
            return packets, socketserver.ThreadingTCPServer(packets.server_address, Streams)  # type: ignore[arg-type]
        except OSError:
            packets.server_close()
