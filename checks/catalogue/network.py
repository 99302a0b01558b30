"""What the cluster's network lets through, found out by pods."""

from __future__ import annotations

from binder_deploy.checks.facts import network as n
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import network

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-NET-001",
        "Network policies are enforced",
        Phase.CANARY,
        (n.ENFORCEMENT,),
        network.policies_are_enforced,
    ),
    Check(
        "BD-NET-002",
        "The metadata server is closed to people's code",
        Phase.CANARY,
        (n.FROM_SERVER, n.FROM_BUILD),
        network.metadata_is_closed,
    ),
    Check(
        "BD-NET-003",
        "People's servers reach the hub and the name service",
        Phase.CANARY,
        (n.FROM_SERVER,),
        network.servers_reach_the_hub,
    ),
    Check(
        "BD-NET-004",
        "People's servers reach nothing private",
        Phase.CANARY,
        (n.FROM_SERVER,),
        network.servers_reach_nothing_private,
        blocks=False,
    ),
    Check(
        "BD-NET-005",
        "Builds reach the registry",
        Phase.CANARY,
        (n.FROM_BUILD,),
        network.builds_reach_the_registry,
    ),
    Check(
        "BD-NET-006",
        "Builds reach the internet, large packets included",
        Phase.CANARY,
        (n.FROM_BUILD,),
        network.builds_reach_the_internet,
        blocks=False,
    ),
    Check(
        "BD-NET-007",
        "Docker Hub has pulls left for this cluster",
        Phase.CANARY,
        (n.FROM_BUILD,),
        network.docker_hub_has_pulls_left,
        blocks=False,
    ),
)
