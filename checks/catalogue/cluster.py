"""The cluster, its disks and its pods."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import cluster, nodes, pods, servers, storage

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-CLU-001",
        "The cluster's version is one that the charts accept",
        Phase.CLUSTER,
        (f.KUBE_VERSION, f.CHART_KUBE_VERSIONS),
        cluster.version_accepted,
    ),
    Check(
        "BD-CLU-002",
        "Nothing of ours runs in a foreign namespace",
        Phase.CLUSTER,
        (f.SETTINGS, f.PODS),
        cluster.nothing_astray,
    ),
    Check(
        "BD-CLU-003",
        "Idle nodes can go",
        Phase.CLUSTER,
        (f.NODES, f.PODS),
        nodes.idle_nodes_can_go,
        blocks=False,
    ),
    Check(
        "BD-CLU-004",
        "The autoscaler brings nodes",
        Phase.CLUSTER,
        (living.AUTOSCALER,),
        nodes.autoscaler_is_well,
        blocks=False,
    ),
    Check(
        "BD-CLU-005",
        "No node runs out of disk, memory or process ids",
        Phase.CLUSTER,
        (living.NODE_STATES,),
        nodes.nodes_have_room,
    ),
    Check(
        "BD-CLU-006",
        "Nodes hold as much as was planned",
        Phase.CLUSTER,
        (f.NODES, f.CAPACITIES),
        nodes.nodes_are_as_planned,
        blocks=False,
    ),
    Check(
        "BD-CLU-007",
        "Every node can be emptied",
        Phase.CLUSTER,
        (living.BUDGET_STATES,),
        nodes.nothing_forbids_emptying,
        blocks=False,
    ),
    Check(
        "BD-CLU-008",
        "Build and user nodes have one architecture",
        Phase.CLUSTER,
        (f.NODES,),
        nodes.nodes_have_one_architecture,
    ),
    Check(
        "BD-STO-001",
        "One storage class is the default, and it is not ours",
        Phase.CLUSTER,
        (f.SETTINGS, f.STORAGE_CLASSES),
        storage.one_default_class,
    ),
    Check(
        "BD-STO-002",
        "Every volume claim names a storage class that exists",
        Phase.CLUSTER,
        (f.STORAGE_CLASSES, f.CLAIMS),
        storage.claims_name_a_class,
        stops_waiting=True,
    ),
    Check(
        "BD-STO-003",
        "Every volume claim has its disk",
        Phase.CLUSTER,
        (f.CLAIM_PHASES,),
        storage.claims_bound,
    ),
    Check(
        "BD-STO-004",
        "The driver of the disks is installed",
        Phase.CLUSTER,
        (f.STORAGE_CLASSES, f.CLAIMS, living.CSI_DRIVERS),
        storage.driver_exists,
        stops_waiting=True,
    ),
    Check(
        "BD-STO-005",
        "Disks go with their claims",
        Phase.CLUSTER,
        (living.VOLUMES,),
        storage.disks_go_with_their_claims,
        blocks=False,
    ),
    Check(
        "BD-POD-001",
        "No pod is too big for its pool",
        Phase.CLUSTER,
        (f.SETTINGS, f.PODS, f.NODES, f.CAPACITIES),
        pods.no_pod_is_too_big,
        stops_waiting=True,
    ),
    Check("BD-POD-002", "Every pod of the service has a node", Phase.CLUSTER, (f.PODS,), pods.every_pod_has_a_node),
    Check(
        "BD-POD-003",
        "Everything that pods refer to exists",
        Phase.CLUSTER,
        (f.WORKLOADS, f.REFERENTS),
        pods.references_exist,
    ),
    Check("BD-POD-004", "Everything is rolled out", Phase.CLUSTER, (f.ROLLOUTS,), pods.rolled_out),
    Check(
        "BD-POD-005",
        "No pool is full while people wait",
        Phase.CLUSTER,
        (f.SETTINGS, f.PODS, f.NODES),
        servers.no_pool_is_full,
        blocks=False,
    ),
    Check(
        "BD-POD-006",
        "No server is older than it may be",
        Phase.CLUSTER,
        (f.SETTINGS, f.PODS, living.NOW),
        servers.no_server_is_too_old,
        blocks=False,
    ),
    Check(
        "BD-POD-007",
        "Every image can be pulled",
        Phase.CLUSTER,
        (living.POD_STATES,),
        servers.images_can_be_pulled,
    ),
)
