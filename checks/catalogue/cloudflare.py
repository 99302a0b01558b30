"""A zone at Cloudflare."""

from __future__ import annotations

from binder_deploy.checks.facts import cloudflare as c
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import cloudflare

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-DNS-007",
        "The token may edit the zone at Cloudflare",
        Phase.PREFLIGHT,
        (f.SETTINGS, c.ZONE),
        cloudflare.zone_is_editable,
    ),
    Check(
        "BD-DNS-008",
        "No record of somebody else is at the host names",
        Phase.PREFLIGHT,
        (f.SETTINGS, c.ZONE, c.RECORDS),
        cloudflare.names_are_ours,
    ),
)
