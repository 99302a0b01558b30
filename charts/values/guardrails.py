"""Values of our own templates: ingresses and guardrails."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from binder_deploy.charts.values.origins import Origins
from binder_deploy.charts.values.placement import PRIORITY_CLASS
from binder_deploy.settings.choices import brings_registry, door, ingress_class
from binder_deploy.settings.eks import ManagedVpc
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import ManagedNetwork
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import CERTIFICATE, TRAEFIK_NAMESPACE, shares

CLOSED = tuple(
    IPv4Network(cidr)
    for cidr in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
)
"""Where builds and servers may not go: private networks, the carrier range that clouds use for their own
(z2jh leaves it open), and link-local addresses with the metadata server among them."""
OPEN_PORTS = (80, 443, 9418)
"""What builds and servers may reach on the internet: the web and git. Nothing to send mail or mine with."""
PATIENCE = {
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "600",
    "nginx.ingress.kubernetes.io/proxy-send-timeout": "600",
    "nginx.ingress.kubernetes.io/proxy-buffering": "off",
    "nginx.ingress.kubernetes.io/proxy-body-size": "64m",
    "nginx.org/proxy-read-timeout": "600s",
    "nginx.org/proxy-send-timeout": "600s",
    "nginx.org/proxy-buffering": "False",
    "nginx.org/client-max-body-size": "64m",
    "nginx.org/websocket-services": "binder,proxy-public",
}
"""For an ingress controller that is not ours, in the words of both that build on nginx; others do not read them. Left
to themselves they cut event streams off after a minute, hold them back, and refuse a notebook above a megabyte."""
SPARE_PODS = 100
"""Pods in the namespace besides people's servers: builds, builders on every node, the service itself."""


def ours(settings: Settings, where: Origins) -> dict[str, Any]:
    """Values of the umbrella chart's own templates."""
    return {
        "ingress": {
            "className": ingress_class(settings),
            **({"annotations": dict(PATIENCE)} if door(settings) == "theirs" else {}),
            "binderHost": where.binder_host,
            "hubHost": where.hub_host,
            "hubPath": where.hub_path,
            "tlsSecret": CERTIFICATE,
        },
        "guardrails": {
            "egress": {
                "closed": [str(net) for net in closed(settings)],
                "ports": list(OPEN_PORTS),
                **({"entrance": _entrance(settings)} if brings_registry(settings) else {}),
            },
            "priorityClass": {"name": "" if shares(settings) else PRIORITY_CLASS, "value": 10000},
            # For the containers that upstream leaves without requests, such as the image cleaner.
            "defaultRequests": {"cpu": "10m", "memory": "64Mi"},
            "maxPods": settings.binder.max_servers + SPARE_PODS,
        },
    }


def _entrance(settings: Settings) -> dict[str, Any]:
    """How builds get to a registry inside the cluster: by its public name, as nodes do. On the way that turns into an
    address of Traefik's pods, which is a private one, wherever the cluster makes short work of it; where it does not,
    it stays the address of the way in, which in a cluster that is not ours may be private, too."""
    address = settings.platform.address if isinstance(settings.platform, Existing) else None
    return {
        "namespace": TRAEFIK_NAMESPACE,
        "labels": {"app.kubernetes.io/name": "traefik"},
        **({"addresses": [f"{address}/32"]} if address else {}),
    }


def closed(settings: Settings) -> list[IPv4Network]:
    """`CLOSED` and whichever of the cluster's own ranges lie outside of it."""
    own: tuple[IPv4Network, ...] = ()
    if not isinstance(settings.platform, Existing):
        network = settings.platform.network
        if isinstance(network, ManagedNetwork):
            own = (network.nodes, network.pods, network.services, network.control_plane)
        elif isinstance(network, ManagedVpc):
            own = (network.cidr,)
    outside = (net for net in own if not any(net.subnet_of(wide) for wide in CLOSED))
    return sorted({*CLOSED, *outside})
