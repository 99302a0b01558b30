"""What became of the orders that cert-manager placed at Let's Encrypt, and of their challenges."""

from __future__ import annotations

import re
from collections.abc import Iterable

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import tls as t
from binder_deploy.checks.facts.deployment import Object, Objects
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.objects import name, namespace, spec, status
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import binder_namespace, issuer
from binder_deploy.settings.tls import LetsEncrypt

PORT_80 = "let everybody reach TCP port 80 of the reserved address (firewall, load balancer)"
_RECORDS = "create the DNS records that `binder-deploy up` prints"

_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r"NXDOMAIN|no such host|no valid (A|AAAA)|SERVFAIL looking up (A|AAAA) |acme:error:dns",
        "the name cannot be found",
        f"{_RECORDS}; a name that was asked for too early is remembered as missing for some minutes",
    ),
    (r"CAA|acme:error:caa", "CAA records forbid it", "BD-DNS-006 says which CAA record to add"),
    (
        r"(?i)timeout|timed out|connection re(fused|set)|no route|unreachable|error getting validation"
        r"|acme:error:connection",
        "port 80 of the name does not answer",
        f"{PORT_80}; `dig HOST A HOST AAAA` must show nothing else: BD-DNS-003, BD-DNS-005",
    ),
    (
        r"Invalid response|[Ss]tatus code|did not get expected response|key authorization|acme:error:unauthorized",
        "another server than this deployment's answers for the name",
        f"{_RECORDS} (BD-DNS-003, BD-DNS-005), and let nothing redirect or protect "
        "`/.well-known/acme-challenge/` on port 80 (BD-TLS-005)",
    ),
    (
        r"rejectedIdentifier|policy forbids|unsupportedIdentifier|unsupportedContact|invalidContact",
        "Let's Encrypt issues nothing for this name or this e-mail address",
        "choose another address.domain, or correct tls.email",
    ),
)
"""What the reason of a Challenge or an Order looks like → what it means, what mends it. First match counts."""


def describe(settings: Settings) -> str:
    """What to look at."""
    return f"`kubectl -n {binder_namespace(settings)} describe certificate,order,challenge`"


def no_limit_reached(facts: Facts) -> Verdict:
    """Let's Encrypt has not refused an order because there were too many."""
    settings = facts[f.SETTINGS]
    if not isinstance(settings.tls, LetsEncrypt):
        return nobody_asked(settings)
    for order in _current(facts[t.ORDERS], settings):
        reason = str(status(order).get("reason", ""))
        if not re.search(r"rateLimited|\b429\b|too many ", reason):
            continue
        until = re.search(r"retry after ([0-9-]+[ T][0-9:]+( ?UTC|Z)?)", reason)
        wait = f"wait until {until[1]}" if until else "wait (an hour after failed challenges, else up to a week)"
        wait += f"; then `cmctl renew -n {binder_namespace(settings)} --all`"
        return Failed(
            f"Let's Encrypt ({settings.tls.directory}) has had too many requests: Order {name(order)} was refused",
            wait if settings.tls.directory == "staging" else f"{wait}. Meanwhile set tls.server: staging",
            reason,
        )
    return Passed()


def challenges_succeed(facts: Facts) -> Verdict:
    """No challenge is stuck or lost, and no order was refused for anything but a limit."""
    settings = facts[f.SETTINGS]
    if not isinstance(settings.tls, LetsEncrypt):
        return nobody_asked(settings)
    orders = [o for o in _current(facts[t.ORDERS], settings) if status(o).get("state") in {"errored", "invalid"}]
    lost = [c for c in _of_issuer(facts[t.CHALLENGES], settings) if status(c).get("state") != "valid"]
    told = [(str(spec(c).get("dnsName", "")), str(status(c).get("reason", ""))) for c in lost]
    told += [(f"Order {name(o)}", str(status(o).get("reason", ""))) for o in orders]
    # An order that was refused for a limit has a check of its own.
    told = [(who, why) for who, why in told if why and "rateLimited" not in why]
    if not told and orders and not any("rateLimited" in str(status(o).get("reason")) for o in orders):
        told = [(f"Order {name(orders[0])}", f"state {status(orders[0]).get('state')}, no reason given")]
    if not told:
        return Passed()
    who, why = told[0]
    meaning, remedy = next(
        ((meaning, remedy) for pattern, meaning, remedy in _REASONS if re.search(pattern, why)),
        ("it was refused", f"{describe(settings)} says more"),
    )
    return Failed(
        f"no certificate yet, {who}: {meaning}",
        f"{remedy}. cert-manager tries again by itself; `cmctl renew -n {binder_namespace(settings)} --all` makes it "
        "do so now",
        "\n".join(f"{who}: {why}" for who, why in told),
    )


def nobody_asked(settings: Settings) -> Skipped:
    return Skipped("not applicable", f"tls.kind is {settings.tls.kind}: nobody is asked for a certificate")


def _current(orders: Objects, settings: Settings) -> list[Object]:
    """The newest order of each certificate: older ones are history."""
    newest: dict[str, Object] = {}
    for order in sorted(_of_issuer(orders, settings), key=lambda o: str(o["metadata"].get("creationTimestamp", ""))):
        annotations = order["metadata"].get("annotations") or {}
        newest[annotations.get("cert-manager.io/certificate-name", "")] = order
    return list(newest.values())


def _of_issuer(objects: Iterable[Object], settings: Settings) -> list[Object]:
    wanted = issuer(settings)
    return [
        o
        for o in objects
        if namespace(o) == binder_namespace(settings) and (spec(o).get("issuerRef") or {}).get("name") == wanted
    ]
