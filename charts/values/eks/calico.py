"""Values of Calico's operator and its definitions, and what it is asked to install."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.placement import on
from binder_deploy.settings.model import Settings


def operator(settings: Settings) -> dict[str, Any]:
    """Values of the operator's chart: the operator alone."""
    return {
        # Ours to make, so that it goes before the operator that has to clear it away.
        "installation": {"enabled": False},
        "apiServer": {"enabled": False},
        "goldmane": {"enabled": False},
        "whisker": {"enabled": False},
        # They come with a chart of their own, and go with it.
        "manageCRDs": False,
        "nodeSelector": on(settings, "core"),
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
    }


def installation(settings: Settings) -> dict[str, Any]:
    """Policies on AWS's own network: addresses and routes stay AWS's business."""
    return {
        "kubernetesProvider": "EKS",
        "cni": {"type": "AmazonVPC"},
        "calicoNetwork": {"bgp": "Disabled"},
        # No driver for volumes that nobody asks for.
        "kubeletVolumePluginPath": "None",
        "controlPlaneNodeSelector": on(settings, "core"),
        "controlPlaneReplicas": 1,
    }
