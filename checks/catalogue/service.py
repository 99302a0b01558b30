"""The hub and the Binder."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import hub

CHECKS: tuple[Check, ...] = (
    Check("BD-HUB-001", "The hub's secrets are sound and distinct", Phase.HUB, (f.HUB_SECRETS,), hub.secrets_are_sound),
    Check(
        "BD-HUB-002",
        "Launches are sent to where the hub is",
        Phase.HUB,
        (f.BINDER_CONFIG, f.INGRESSES),
        hub.hub_url_leads_to_the_hub,
    ),
    Check(
        "BD-BND-001",
        "BinderHub may run build pods",
        Phase.BINDER,
        (f.BINDER_ACCESS,),
        hub.binder_may_run_pods,
    ),
    Check(
        "BD-BND-002",
        "Images are built apart from everything else",
        Phase.BINDER,
        (f.SETTINGS, f.BINDER_CONFIG, f.WORKLOADS),
        hub.builder_runs_apart,
    ),
    Check(
        "BD-BND-003",
        "Images go to the registry that was made for them",
        Phase.BINDER,
        (f.SETTINGS, f.BINDER_CONFIG),
        hub.images_go_to_our_registry,
    ),
)
