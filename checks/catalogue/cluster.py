"""The cluster, its disks and its pods."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import cluster, pods, storage

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
)
