"""Values of the cluster autoscaler, which starts and stops nodes."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.placement import on
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names

SERVICE_ACCOUNT = "cluster-autoscaler"


def cluster_autoscaler(settings: Settings) -> dict[str, Any]:
    """Values of the chart."""
    platform = narrowed(settings.platform, Eks)
    return {
        "cloudProvider": "aws",
        "awsRegion": platform.region,
        # Groups are found by their tags.
        "autoDiscovery": {"clusterName": Names(settings.name).cluster},
        "fullnameOverride": "cluster-autoscaler",
        "replicaCount": 1,
        "nodeSelector": on(settings, "core"),
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "600Mi"}},
        "rbac": {"create": True, "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT}},
        "extraArgs": {
            "expander": "least-waste",
            # Else the core pool never shrinks: every node of it has a pod of the system, or one with scratch space.
            "skip-nodes-with-system-pods": False,
            "skip-nodes-with-local-storage": False,
        },
    }
