"""The names of the hosts."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import dns as d
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import caa, dns

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-DNS-001",
        "The domain is delegated to name servers that answer",
        Phase.PREFLIGHT,
        (f.SETTINGS, d.DELEGATION),
        dns.delegated,
    ),
    Check(
        "BD-DNS-002",
        "The host names are not in use for something else",
        Phase.PREFLIGHT,
        (f.SETTINGS, d.RESERVED, d.AUTHORITATIVE),
        dns.names_are_free,
        blocks=False,
    ),
    # After the engine, not before: with somebody else's zone `up` has told by then which records to create.
    Check(
        "BD-DNS-003",
        "Both host names lead to the reserved address",
        Phase.INGRESS,
        (f.SETTINGS, d.TARGET, d.AUTHORITATIVE),
        dns.names_lead_to_address,
    ),
    Check(
        "BD-DNS-004",
        "Public resolvers know the names",
        Phase.INGRESS,
        (f.SETTINGS, d.TARGET, d.PUBLIC),
        dns.resolvers_agree,
        blocks=False,
    ),
    Check(
        "BD-DNS-005",
        "No IPv6 record leads elsewhere",
        Phase.INGRESS,
        (f.SETTINGS, d.TARGET, d.AUTHORITATIVE),
        dns.no_stray_ipv6,
    ),
    Check(
        "BD-DNS-006",
        "Let's Encrypt may issue certificates for the domain",
        Phase.PREFLIGHT,
        (f.SETTINGS, d.CAA),
        caa.issuer_allowed,
    ),
)
