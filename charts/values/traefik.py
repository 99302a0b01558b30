"""Values of Traefik, the ingress controller."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.merge import deep, merge
from binder_deploy.charts.values.owned import TRAEFIK
from binder_deploy.charts.values.placement import on
from binder_deploy.charts.versions import key
from binder_deploy.settings.choices import Door, door
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import CERTIFICATE, ENTRYPOINT_SERVICE, INGRESS_CLASS, TRAEFIK_NAMESPACE

TIMEOUT = "600s"
"""Traefik's own 60 s cut long event streams and uploads off."""
REDIRECT_PRIORITY = 10
"""Rules weigh as much as they are long, so any rule on the `web` entry point beats a redirect of weight 10.
Our ingresses listen on `websecure` alone; the only rules on `web` are cert-manager's solvers, for one path
of one host each. Everything else is redirected, and a challenge is answered over plain HTTP: upstream's
default weight would redirect it to a port that has no certificate yet."""


def traefik(settings: Settings, version: str) -> dict[str, Any]:
    """Values of the Traefik chart in this version. Raises `SettingsError` for values that touch ours."""
    bare = not settings.address.hosts
    ours: dict[str, Any] = {
        "deployment": {"replicas": 2},
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "nodeSelector": on(settings, "core"),
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "traefik"}},
            }
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        # The LoadBalancer Service is made beside this chart: its address must not depend on a release.
        "service": {"enabled": False},
        "ingressClass": {"enabled": True, "isDefaultClass": False, "name": INGRESS_CLASS},
        "providers": {
            "kubernetesIngress": {
                "enabled": True,
                "ingressClass": INGRESS_CLASS,
                "publishedService": _published(door(settings)),
            },
            # Traefik's own kinds are used for one thing: the certificate for who asks by address.
            "kubernetesCRD": {"enabled": bare},
        },
        "ports": {
            "web": deep(_entry(), _redirection(version)),
            "websecure": _entry(),
        },
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
    }
    if door(settings) == "host-port":
        ours = deep(ours, _ON_ITS_NODES)
    if bare:
        ours["tlsStore"] = {"default": {"defaultCertificate": {"secretName": CERTIFICATE}}}
    return merge(ours, settings.charts.traefik.values, TRAEFIK, "charts.traefik.values")


_ON_ITS_NODES: dict[str, Any] = {
    # One on each node, since two of them cannot have a node's port. Nothing but its own controller moves such a pod,
    # so a budget would have nobody to hold back.
    "deployment": {"kind": "DaemonSet"},
    "podDisruptionBudget": {"enabled": False},
    # The port is free for the new pod only when the old one is gone.
    "updateStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
    "ports": {"web": {"hostPort": 80}, "websecure": {"hostPort": 443}},
}


def _published(way: Door) -> dict[str, Any]:
    """Whose address the Ingresses show. Only a load balancer tells one."""
    if way != "load-balancer":
        return {"enabled": False}
    return {"enabled": True, "pathOverride": f"{TRAEFIK_NAMESPACE}/{ENTRYPOINT_SERVICE}"}


def _entry() -> dict[str, Any]:
    return {
        # The load balancer passes packets through and keeps the client's address: no header is trusted, else
        # anyone could choose the address that launches are counted by.
        "forwardedHeaders": {"trustedIPs": [], "insecure": False},
        "transport": {"respondingTimeouts": {"readTimeout": TIMEOUT, "idleTimeout": TIMEOUT}},
        # Repositories by address carry an encoded slash in the path: /v2/git/https%3A%2F%2F…
        "http": {"encodedCharacters": {"allowEncodedSlash": True}},
    }


def _redirection(version: str) -> dict[str, Any]:
    """From plain HTTP to HTTPS. The key has moved twice, and the chart is silent about one that it does not know."""
    if key(version) < key("34.0.0"):
        return {"redirectTo": {"port": "websecure", "priority": REDIRECT_PRIORITY}}
    entry_point = {"to": "websecure", "scheme": "https", "permanent": True, "priority": REDIRECT_PRIORITY}
    redirections = {"redirections": {"entryPoint": entry_point}}
    return redirections if key(version) < key("39.0.0") else {"http": redirections}
