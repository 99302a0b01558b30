"""The Job that takes a database into the hub's disk while the hub is away. Pure."""

from __future__ import annotations

from typing import Any

from binder_deploy.ops.backup.hub import Hub
from binder_deploy.settings.names import BINDER_NAMESPACE, OWNER_LABEL

LABEL = "binder-deploy/restore"
"""On the Job and its pod. Whoever finds one may remove it: `ttlSecondsAfterFinished` does."""
CONTAINER = "restore"
DEADLINE_S = 1800
"""Seconds after which Kubernetes ends it, whatever became of whoever made it."""
_LIKE_THE_HUB = ("nodeSelector", "affinity", "tolerations", "imagePullSecrets", "securityContext", "priorityClassName")
"""It must run where the hub's disk is, and write files that the hub can write."""


def job(deployment: str, name: str, hub: Hub, namespace: str = BINDER_NAMESPACE) -> dict[str, Any]:
    """A pod like the hub's, without its configuration, its secrets and its rights, that waits to be told what to do.

    It has the hub's disk where the hub has it. Raises `NoHub` if that is none.
    """
    labels = {OWNER_LABEL: deployment, LABEL: "database"}
    container = hub.container
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_S,
            "ttlSecondsAfterFinished": 600,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    **{key: hub.spec[key] for key in _LIKE_THE_HUB if key in hub.spec},
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": 1,
                    "containers": [
                        {
                            "name": CONTAINER,
                            "image": hub.image,
                            "imagePullPolicy": container.get("imagePullPolicy", "IfNotPresent"),
                            "command": ["sleep", str(DEADLINE_S)],
                            "resources": {
                                "requests": {"cpu": "50m", "memory": "128Mi"},
                                "limits": {"memory": "256Mi"},
                            },
                            **{key: container[key] for key in ("securityContext",) if key in container},
                            "volumeMounts": [dict(hub.mount)],
                        }
                    ],
                    "volumes": [dict(hub.volume)],
                },
            },
        },
    }
