"""Certificates."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import tls as t
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import orders, outside, tls

CHECKS: tuple[Check, ...] = (
    Check("BD-TLS-001", "The certificate issuer is ready", Phase.TLS, (f.SETTINGS, f.ISSUERS), tls.issuer_ready),
    Check(
        "BD-TLS-002", "The certificate was issued", Phase.TLS, (f.SETTINGS, f.CERTIFICATE_STATES), tls.certificate_ready
    ),
    Check(
        "BD-TLS-003",
        "The certificate covers both hosts",
        Phase.TLS,
        (f.SETTINGS, f.CERTIFICATES, f.INGRESSES),
        tls.certificate_covers_hosts,
    ),
    Check(
        "BD-TLS-004",
        "Let's Encrypt can be asked",
        Phase.PREFLIGHT,
        (f.SETTINGS, t.DIRECTORY),
        outside.issuer_answers,
        blocks=False,
    ),
    Check(
        "BD-TLS-005",
        "Challenges reach this deployment",
        Phase.TLS,
        (f.SETTINGS, f.ADDRESS, t.CHALLENGE_PATH),
        outside.challenges_reach_us,
    ),
    Check(
        "BD-TLS-006",
        "No limit of Let's Encrypt is reached",
        Phase.TLS,
        (f.SETTINGS, t.ORDERS),
        orders.no_limit_reached,
    ),
    Check(
        "BD-TLS-007",
        "No challenge has failed",
        Phase.TLS,
        (f.SETTINGS, t.ORDERS, t.CHALLENGES),
        orders.challenges_succeed,
    ),
    Check(
        "BD-TLS-008",
        "Visitors get a certificate that browsers trust",
        Phase.TLS,
        (f.SETTINGS, f.ADDRESS, t.SERVED),
        outside.visitors_trust,
    ),
    Check(
        "BD-TLS-009",
        "The certificate is valid for a while",
        Phase.TLS,
        (f.SETTINGS, t.SERVED),
        outside.time_is_left,
    ),
)
