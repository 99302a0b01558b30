"""Hub and Binder over the public address."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as d
from binder_deploy.checks.facts import web as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import web, web_through

CHECKS: tuple[Check, ...] = (
    Check("BD-WEB-001", "The hub answers at its public address", Phase.HUB, (f.HUB,), web.hub_answers),
    Check("BD-WEB-002", "Binder answers at its public address", Phase.BINDER, (f.BINDER,), web.binder_answers),
    Check("BD-WEB-003", "Binder finds its registry and its hub", Phase.BINDER, (f.HEALTH,), web.binder_is_well),
    Check("BD-WEB-004", "Plain HTTP leads to HTTPS", Phase.HUB, (f.WALKS,), web.http_leads_to_https),
    Check(
        "BD-WEB-005",
        "Binder sends people to the hub that answers",
        Phase.BINDER,
        (f.ANNOUNCED, f.HUB),
        web.announced_hub_is_ours,
    ),
    Check(
        "BD-WEB-006",
        "Links to repositories by address reach Binder",
        Phase.BINDER,
        (f.ENCODED,),
        web_through.encoded_slashes_arrive,
    ),
    Check(
        "BD-WEB-007",
        "Pages of other sites hear what was configured for them",
        Phase.BINDER,
        (d.BINDER_CONFIG, f.CORS),
        web_through.cors_is_as_configured,
        blocks=False,
    ),
    Check("BD-WEB-008", "The hub's API refuses strangers", Phase.HUB, (f.STRANGER,), web_through.api_asks_who),
    Check("BD-WEB-009", "No grave flaw of this JupyterHub is known", Phase.HUB, (f.HUB,), web.no_grave_flaw),
    Check("BD-WEB-010", "Websockets get through to the hub", Phase.HUB, (f.UPGRADE,), web_through.websockets_pass),
    Check("BD-WEB-011", "Build events arrive as a stream", Phase.BINDER, (f.STREAM,), web_through.build_events_arrive),
)
