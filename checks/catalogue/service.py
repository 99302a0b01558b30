"""The hub and the Binder."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import agreement, builds, hub

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
        "BD-HUB-003",
        "Pages of others may do the same at BinderHub and at the hub",
        Phase.HUB,
        (f.BINDER_CONFIG, living.HUB_CONFIG),
        agreement.foreign_pages_agree,
        blocks=False,
    ),
    Check(
        "BD-HUB-004",
        "The hub's culler works",
        Phase.HUB,
        (f.BINDER_CONFIG, living.HUB_CONFIG),
        agreement.idle_servers_are_culled,
    ),
    Check("BD-HUB-005", "Every server is bounded", Phase.HUB, (living.HUB_CONFIG,), agreement.servers_are_bounded),
    Check(
        "BD-HUB-006",
        "The login is set up at BinderHub and at the hub, or at neither",
        Phase.HUB,
        (f.BINDER_CONFIG, living.HUB_CONFIG),
        agreement.login_is_whole,
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
    Check(
        "BD-BND-004",
        "Builds have nodes of their own",
        Phase.BINDER,
        (f.SETTINGS, f.BINDER_CONFIG, f.NODES),
        builds.builds_have_their_nodes,
    ),
    Check(
        "BD-BND-005",
        "Every build node has its builder",
        Phase.BINDER,
        (f.BINDER_CONFIG, f.NODES, f.PODS),
        builds.every_build_node_builds,
    ),
    Check("BD-BND-006", "Builds are bounded", Phase.BINDER, (f.WORKLOADS,), builds.builds_are_bounded),
    Check(
        "BD-BND-007",
        "The image cleaner looks where images are",
        Phase.BINDER,
        (f.WORKLOADS,),
        builds.cleaner_cleans,
        blocks=False,
    ),
    Check(
        "BD-BND-008",
        "BinderHub runs once",
        Phase.BINDER,
        (f.BINDER_CONFIG, f.WORKLOADS),
        agreement.one_binder_where_people_log_in,
    ),
    Check(
        "BD-BND-009",
        "BinderHub finds the hub inside the cluster",
        Phase.BINDER,
        (f.BINDER_CONFIG, f.SERVICES),
        agreement.local_hub_url_is_served,
    ),
)
