"""Values of zot, the registry inside the cluster: one pod with a disk, behind the same door as BinderHub."""

from __future__ import annotations

import json
from typing import Any

from binder_deploy.charts.values.merge import merge
from binder_deploy.charts.values.owned import ZOT as OWNED
from binder_deploy.charts.values.placement import on
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.choices import ingress_class
from binder_deploy.settings.images import REGISTRY_PULL, REGISTRY_PUSH, registry_host
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import CERTIFICATE, REGISTRY_DISK, REGISTRY_RELEASE
from binder_deploy.settings.registry import InClusterRegistry

ZOT = "zot"
"""The chart, as its publisher calls it."""
PORT = 5000
_USER = 1000
"""Any but root; the disk is made its own."""


def zot(settings: Settings, secrets: ServiceSecrets) -> dict[str, Any]:
    """Values of the zot chart. Raises `SettingsError` for values that touch ours."""
    host = registry_host(settings)
    ours = {
        "fullnameOverride": REGISTRY_RELEASE,
        # Its disk belongs to one pod.
        "replicaCount": 1,
        "persistence": True,
        # The claim is made beside the release: one of a StatefulSet's own could not grow, and would outlive it.
        "pvc": {"create": False, "name": REGISTRY_DISK},
        "mountConfig": True,
        "configFiles": {"config.json": json.dumps(_config(settings), indent=2)},
        "mountSecret": True,
        "secretFiles": {"htpasswd": secrets.registry_users},
        "service": {"type": "ClusterIP", "port": PORT},
        "ingress": {
            "enabled": True,
            "className": ingress_class(settings),
            "annotations": {
                "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
                "traefik.ingress.kubernetes.io/router.tls": "true",
            },
            "pathtype": "Prefix",
            "hosts": [{"host": host, "paths": [{"path": "/"}]}],
            "tls": [{"hosts": [host], "secretName": CERTIFICATE}],
        },
        # At a start it looks through all that it has.
        "startupProbe": {"initialDelaySeconds": 5, "periodSeconds": 10, "failureThreshold": 60},
        "nodeSelector": on(settings, "core"),
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            # Else all files are looked at whenever the pod starts, which takes minutes on a full disk.
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    return merge(ours, settings.charts.zot.values, OWNED, "charts.zot.values")


def _config(settings: Settings) -> dict[str, Any]:
    """zot's own configuration. Old images go while it serves: nothing has to be closed for it."""
    kept = f"{narrowed(settings.registry, InClusterRegistry).keep_days * 24}h"
    return {
        "distSpecVersion": "1.1.1",
        "storage": {
            "rootDirectory": "/var/lib/registry",
            # Most layers are those of one base image.
            "dedupe": True,
            "gc": True,
            # A build that takes hours must find the layers that it pushed first.
            "gcDelay": "6h",
            "gcInterval": "24h",
            "retention": {
                "policies": [
                    {
                        "repositories": ["**"],
                        "deleteUntagged": True,
                        "deleteReferrers": True,
                        # One entry: of several that match a tag only the first would hold. Either rule keeps it.
                        "keepTags": [{"patterns": [".*"], "pushedWithin": kept, "pulledWithin": kept}],
                    }
                ]
            },
        },
        "http": {
            "address": "0.0.0.0",  # noqa: S104 the pod's
            "port": str(PORT),
            # A large layer takes its time, both ways.
            "readTimeout": "60m",
            "writeTimeout": "60m",
            # What Docker's daemon pushes; without it zot takes OCI's formats alone.
            "compat": ["docker2s2"],
            "auth": {"htpasswd": {"path": "/secret/htpasswd"}},
            "accessControl": {
                "repositories": {
                    "**": {
                        "policies": [
                            {"users": [REGISTRY_PUSH], "actions": ["read", "create", "update"]},
                            {"users": [REGISTRY_PULL], "actions": ["read"]},
                        ],
                        "defaultPolicy": [],
                    }
                }
            },
        },
        "log": {"level": "info"},
    }
