"""The cloud's controller for Services of type LoadBalancer: an address, a forwarding rule and what belongs to it.

Plays GKE's regional external passthrough load balancer with a backend service. What it makes enters the cloud file and
goes only when the Service does: if the cluster goes first, the rule is left over and billed, as in life.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp.numbers import public_address
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.gke.place import Place, link, place
from binder_deploy.rehearsal.controllers.scene import Scene, properties

ADDRESS = "compute/address"
RULE = "compute/forwardingRule"
BACKEND = "compute/backendService"
HEALTH = "compute/healthCheck"
FIREWALL = "compute/firewall"

ADDRESSES = "networking.gke.io/load-balancer-ip-addresses"
"""Annotation: names of reserved addresses."""
KIND = "networking.gke.io/load-balancer-type"
CLASS = "networking.gke.io/l4-regional-external"
FINALIZER = "gke.networking.io/l4-netlb-v2"
COMPONENT = "l4netlb-controller"

PROBES = ("35.191.0.0/16", "130.211.0.0/22")
"""Where Google's health checks come from."""


class LoadBalancerError(Exception):
    """The load balancer cannot be made; said in an Event of the Service, as GKE does."""


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    where = place(scene.cloud.read())
    if where is None:
        return True
    return scene.each("load balancer", scene.world.all("services"), lambda s: _service(scene, where, s))


def _service(scene: Scene, where: Place, service: Object) -> None:
    service = {"apiVersion": "v1", "kind": "Service", **service}
    metadata, spec = service["metadata"], service["spec"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}"
    finalizers = metadata.get("finalizers") or []
    wanted = spec.get("type") == "LoadBalancer" and spec.get("loadBalancerClass") in (None, CLASS)
    if metadata.get("deletionTimestamp") or not wanted:
        if FINALIZER in finalizers:
            with scene.cloud.transaction() as cloud:
                remove(cloud, where, service)
            scene.set_finalizers(path, service, [f for f in finalizers if f != FINALIZER])
        return
    if FINALIZER not in finalizers:
        # First, so that no Service goes while its rule stays.
        scene.set_finalizers(path, service, [*finalizers, FINALIZER])
    try:
        ip = _ensured(scene, where, service)
    except LoadBalancerError as error:
        message = f"Error syncing load balancer: failed to ensure load balancer: {error}"
        scene.say(service, "SyncLoadBalancerFailed", message, COMPONENT, "Warning")
        return
    ingress = [{"ip": ip, "ipMode": "VIP"}]
    if ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") != ingress:
        scene.world.api.patch(f"{path}/status", {"status": {"loadBalancer": {"ingress": ingress}}})
        scene.say(service, "SyncLoadBalancerSuccessful", "Successfully ensured L4 External LoadBalancer", COMPONENT)


def _ensured(scene: Scene, where: Place, service: Object) -> str:
    """The address of the Service's load balancer, which is made or brought up to date."""
    as_it_is = scene.cloud.read()
    ip, reserved = address(as_it_is, where, service)
    wanted = parts(where, service, ip)
    if all(_same(as_it_is.get(kind, id), facts) for kind, id, facts in wanted) and _used(reserved, where, service):
        return ip
    with scene.cloud.transaction() as cloud:
        # Again, under the lock: two Services may want the same address at the same moment.
        ip, reserved = address(cloud, where, service)
        for kind, id, facts in parts(where, service, ip):
            present = cloud.get(kind, id)
            if present is None:
                cloud.add(kind, id, {}, facts, owner="controller")
            else:
                cloud.put(replace(present, outputs={**present.outputs, **facts}))
        if reserved is not None:
            _mark(cloud, reserved, [link(rule_id(where, service))])
    return ip


def address(cloud: Cloud, where: Place, service: Object) -> tuple[str, Record | None]:
    """The Service's IP address, and the reserved address that it is of, if any. Raises `LoadBalancerError`."""
    annotations = service["metadata"].get("annotations") or {}
    if annotations.get(KIND, "").lower() == "internal":
        raise LoadBalancerError("a rehearsal plays external load balancers only; remove the annotation " + KIND)
    mine = cloud.get(RULE, rule_id(where, service))
    names = [name.strip() for name in annotations.get(ADDRESSES, "").split(",") if name.strip()]
    literal = service["spec"].get("loadBalancerIP")
    if names:
        record = _named(cloud, where, names[0])
    elif literal:
        record = _valued(cloud, where, literal)
    else:
        return (str(mine.outputs["ipAddress"]) if mine else public_address(cloud)), None
    ip = str(properties(record)["address"])
    for rule in cloud.of_type(RULE):
        if rule.outputs.get("ipAddress") == ip and (mine is None or rule.id != mine.id):
            raise LoadBalancerError(
                f"IP_IN_USE_BY_ANOTHER_RESOURCE: the address {record.name} ({ip}) is used by {rule.name}"
            )
    return ip, record


def _named(cloud: Cloud, where: Place, name: str) -> Record:
    namesakes = [r for r in cloud.of_type(ADDRESS, "compute/globalAddress") if r.name == name]
    for record in namesakes:
        facts = properties(record)
        if record.type == ADDRESS and facts.get("region") == where.region and facts.get("project") == where.project:
            if facts.get("addressType", "EXTERNAL") != "EXTERNAL":
                raise LoadBalancerError(f"the address {name} is INTERNAL, the load balancer is external")
            return record
    elsewhere = ", ".join("global" if r.type != ADDRESS else f"in {properties(r).get('region')}" for r in namesakes)
    hint = f"; there is one of that name, but it is {elsewhere}" if elsewhere else ""
    raise LoadBalancerError(f"no reserved address {name} in region {where.region} of {where.project}{hint}")


def _valued(cloud: Cloud, where: Place, ip: str) -> Record:
    for record in cloud.of_type(ADDRESS):
        facts = properties(record)
        if facts.get("address") == ip and facts.get("region") == where.region:
            return record
    raise LoadBalancerError(f"requested ip {ip} is neither static nor assigned to the LB")


def rule_id(where: Place, service: Object) -> str:
    """Id of the Service's forwarding rule."""
    return where.regional("forwardingRules", _name(service))


def parts(where: Place, service: Object, ip: str) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    """(type, id, properties) of everything that a Service's load balancer is made of."""
    metadata, spec, name = service["metadata"], service["spec"], _name(service)
    about = {
        "kubernetes.io/service-name": f"{metadata['namespace']}/{metadata['name']}",
        "kubernetes.io/service-ip": ip,
    }
    description = json.dumps(about, separators=(",", ":"))
    common = {"name": name, "project": where.project, "description": description}
    regional = {**common, "region": where.region}
    ports = [str(port["port"]) for port in spec.get("ports") or ()]
    protocol = next((port.get("protocol") or "TCP" for port in spec.get("ports") or ()), "TCP")
    backend = where.regional("backendServices", name)
    health = where.regional("healthChecks", name)
    rule = {
        **regional,
        "ipAddress": ip,
        "ipProtocol": protocol,
        "ports": ports,
        "loadBalancingScheme": "EXTERNAL",
        "networkTier": "PREMIUM",
        "backendService": link(backend),
        "selfLink": link(rule_id(where, service)),
    }
    sources = spec.get("loadBalancerSourceRanges") or ["0.0.0.0/0"]
    check = {**regional, "selfLink": link(health), "httpHealthCheck": {"port": 10256, "requestPath": "/healthz"}}
    service_of_backends = {
        **regional, "protocol": protocol, "loadBalancingScheme": "EXTERNAL", "healthChecks": [link(health)],
        "selfLink": link(backend),
    }  # fmt: skip
    return (
        (HEALTH, health, check),
        (BACKEND, backend, service_of_backends),
        (RULE, rule_id(where, service), rule),
        _firewall(where, common, name, sources, protocol, ports),
        _firewall(where, common, f"{name[:60]}-fw", PROBES, "TCP", ["10256"]),
    )


def remove(cloud: Cloud, where: Place, service: Object) -> None:
    """Take away all that belongs to a Service's load balancer, and free its address."""
    mine = link(rule_id(where, service))
    for kind, id, _ in reversed(parts(where, service, "")):
        cloud.remove(kind, id)
    for record in cloud.of_type(ADDRESS):
        users = list(record.outputs.get("users") or ())
        if mine in users:
            _mark(cloud, record, [user for user in users if user != mine])


def _firewall(
    where: Place, common: Mapping[str, Any], name: str, sources: Sequence[str], protocol: str, ports: Sequence[str]
) -> tuple[str, str, Mapping[str, Any]]:
    id = where.worldwide("firewalls", name)
    facts = {
        **common,
        "name": name,
        "network": where.network,
        "direction": "INGRESS",
        "sourceRanges": list(sources),
        "allows": [{"protocol": protocol.lower(), "ports": list(ports)}],
        "selfLink": link(id),
    }
    return FIREWALL, id, facts


def _mark(cloud: Cloud, record: Record, users: list[str]) -> None:
    status = "IN_USE" if users else "RESERVED"
    cloud.put(replace(record, outputs={**record.outputs, "users": users, "status": status}))


def _used(reserved: Record | None, where: Place, service: Object) -> bool:
    return reserved is None or link(rule_id(where, service)) in (reserved.outputs.get("users") or ())


def _same(present: Record | None, facts: Mapping[str, Any]) -> bool:
    return present is not None and all(present.outputs.get(key) == value for key, value in facts.items())


def _name(service: Object) -> str:
    """`k8s2-…`: what GKE calls the parts; derived from the Service, and other for one that was made anew."""
    metadata = service["metadata"]
    unique = sha256(metadata["uid"].encode()).hexdigest()[:8]
    return f"k8s2-{unique}-{metadata['namespace'][:18]}-{metadata['name'][:18]}".rstrip("-")
