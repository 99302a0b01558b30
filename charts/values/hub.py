"""Values of the vendored JupyterHub chart (Zero to JupyterHub), below `binderhub.jupyterhub`."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.origins import Origins
from binder_deploy.charts.values.placement import on, priority, purpose
from binder_deploy.charts.values.quantities import jupyterhub_memory
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.choices import disk_class
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import shares

GPU = "nvidia.com/gpu"
"""What the device plugin of a node calls an accelerator."""
_NO_BUDGET = {"enabled": False}
"""Of a part that has one pod: upstream's budget would keep the only one, and no node could be emptied, ever."""
START_TIMEOUT = 600
"""Seconds for a server to come up. A first server may wait for a node and for a large image."""


def jupyterhub(settings: Settings, secrets: ServiceSecrets, where: Origins) -> dict[str, Any]:
    """The hub, its proxy, the scheduler, the culler and people's servers."""
    return {
        "hub": _hub(settings, secrets, where),
        "proxy": {
            "secretToken": secrets.proxy_token,
            # Traefik is the only door, and it ends TLS.
            "service": {"type": "ClusterIP"},
            "https": {"enabled": False},
            "chp": {
                "nodeSelector": on(settings, "core"),
                "resources": _small("100m", "128Mi", "512Mi"),
                "networkPolicy": {"egressAllowRules": {"cloudMetadataServer": False}},
                "pdb": _NO_BUDGET,
                **_priority(settings),
            },
        },
        "ingress": {"enabled": False},
        "singleuser": _server(settings),
        "scheduling": {
            # Fills nodes one after the other, so that idle ones can go.
            "userScheduler": {
                # It would need rights in the whole cluster, where others' nodes are not ours to fill.
                "enabled": not shares(settings),
                "replicas": 2,
                "nodeSelector": on(settings, "core"),
                "resources": _small("50m", "128Mi", "256Mi"),
                "pdb": {"enabled": True, "maxUnavailable": 1},
                **_priority(settings),
            },
            **_placeholders(settings.hub.placeholders),
            "corePods": purpose(settings),
            "userPods": purpose(settings),
        },
        "cull": {
            "enabled": True,
            "users": True,
            "timeout": settings.hub.culling.idle_minutes * 60,
            "every": settings.hub.culling.every_minutes * 60,
            "maxAge": settings.hub.culling.max_age_hours * 3600,
        },
        # Every image is another one: there is nothing to pull ahead.
        "prePuller": {"hook": {"enabled": False}, "continuous": {"enabled": False}},
    }


def _priority(settings: Settings) -> dict[str, Any]:
    """Of a pod without which the service is down; the chart's own where placeholders need it switched on."""
    named = priority(settings)
    return {} if settings.hub.placeholders or not named else {"extraPodSpec": named}


def _placeholders(replicas: int) -> dict[str, Any]:
    """Pods that hold places and give way to servers: they need priorities. Without them the chart's switch stays off,
    since it also writes a priority of its own into the core pods."""
    if not replicas:
        return {"podPriority": {"enabled": False}, "userPlaceholder": {"enabled": False, "replicas": 0}}
    return {"podPriority": {"enabled": True}, "userPlaceholder": {"enabled": True, "replicas": replicas}}


def _hub(settings: Settings, secrets: ServiceSecrets, where: Origins) -> dict[str, Any]:
    return {
        "baseUrl": where.hub_path,
        "cookieSecret": secrets.cookie_secret,
        "config": {"CryptKeeper": {"keys": [secrets.crypt_key]}},
        "services": {"binder": {"apiToken": secrets.hub_api_token}},
        "db": {
            "type": "sqlite-pvc",
            "pvc": {
                "storage": f"{settings.hub.database_gb}Gi",
                # Named where the cluster's default class is not ours: it would not label the disk.
                "storageClassName": disk_class(settings),
            },
        },
        "nodeSelector": on(settings, "core"),
        "resources": _small("200m", "512Mi", "1Gi"),
        "networkPolicy": {"egressAllowRules": {"cloudMetadataServer": False}},
        "pdb": _NO_BUDGET,
        **_priority(settings),
    }


def _server(settings: Settings) -> dict[str, Any]:
    server = settings.hub.server
    return {
        "memory": {
            "guarantee": jupyterhub_memory(server.memory_guarantee),
            "limit": jupyterhub_memory(server.memory_limit),
        },
        "cpu": {"guarantee": server.cpu_guarantee, "limit": server.cpu_limit},
        **({"extraResource": _gpus(settings.hub.gpus)} if settings.hub.gpus else {}),
        # Of our own pools the affinity to their purpose is enough.
        **({"nodeSelector": on(settings, "user")} if isinstance(settings.platform, Existing) else {}),
        "startTimeout": START_TIMEOUT,
        # The metadata server is closed by network policy, which Dataplane V2 enforces. The chart's other way,
        # a privileged iptables container beside each server, would also cut off Cloud DNS, which answers at
        # the same address.
        "cloudMetadata": {"blockWithIptables": False},
        "networkPolicy": {
            "enabled": True,
            # Policies add up, so what upstream opens cannot be closed by ours. Upstream's rule for public
            # addresses opens all ports and 100.64.0.0/10: it is off, and `guardrails` opens what is needed.
            "egressAllowRules": {
                "cloudMetadataServer": False,
                "dnsPortsCloudMetadataServer": True,
                "dnsPortsKubeSystemNamespace": True,
                "dnsPortsPrivateIPs": True,
                "nonPrivateIPs": False,
                "privateIPs": False,
            },
        },
    }


def _gpus(count: int) -> dict[str, Any]:
    return {"limits": {GPU: str(count)}, "guarantees": {GPU: str(count)}}


def _small(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    """Requests, and a ceiling for memory. CPU has none: throttling the service helps nobody."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}
