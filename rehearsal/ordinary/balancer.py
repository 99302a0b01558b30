"""Whoever answers Services of type LoadBalancer in an ordinary cluster (MetalLB, k3s' own): each gets an address."""

from __future__ import annotations

from ipaddress import IPv4Network

from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.scene import Scene

POOL = IPv4Network("198.51.100.0/24")
"""Addresses that it may give; reserved for documentation (RFC 5737)."""
COMPONENT = "load-balancer"


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    services = [s for s in scene.world.all("services") if s["spec"].get("type") == "LoadBalancer"]
    taken = {ip for s in services for ip in addresses(s)}

    def serve(service: Object) -> None:
        if addresses(service) or service["metadata"].get("deletionTimestamp"):
            return
        # No address of the pool that somebody else has; one that was asked for by its number is given.
        ip = service["spec"].get("loadBalancerIP") or next(str(a) for a in POOL.hosts() if str(a) not in taken)
        taken.add(ip)
        metadata = service["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status"
        scene.world.api.patch(path, {"status": {"loadBalancer": {"ingress": [{"ip": ip}]}}})

    return scene.each("load balancer", services, serve)


def addresses(service: Object) -> list[str]:
    """Those that a Service has."""
    given = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return [entry["ip"] for entry in given if entry.get("ip")]
