"""Certificates."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import tls

CHECKS: tuple[Check, ...] = (
    Check("BD-TLS-001", "The certificate issuer is ready", Phase.TLS, (f.SETTINGS, f.ISSUERS), tls.issuer_ready),
    Check("BD-TLS-002", "The certificate was issued", Phase.TLS, (f.CERTIFICATE_STATES,), tls.certificate_ready),
    Check(
        "BD-TLS-003",
        "The certificate covers both hosts",
        Phase.TLS,
        (f.SETTINGS, f.CERTIFICATES, f.INGRESSES),
        tls.certificate_covers_hosts,
    ),
)
