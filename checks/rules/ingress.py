"""The way in: from the address to a pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts.deployment import Object, Objects
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.objects import (
    annotated,
    containers,
    labels,
    listing,
    name,
    namespace,
    ours,
    path,
    selects,
    spec,
    status,
    template,
)
from binder_deploy.settings.choices import door, ingress_class
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.names import ENTRYPOINT_SERVICE, TRAEFIK_NAMESPACE, Names

GKE_ADDRESS = "networking.gke.io/load-balancer-ip-addresses"
"""Annotation with the reserved address's name."""
GKE_BACKEND_SERVICES = "cloud.google.com/l4-rbs"
"""GKE reads the one above on Services that were created with this one only."""
EKS_ADDRESSES = "service.beta.kubernetes.io/aws-load-balancer-eip-allocations"
"""Annotation with the reserved addresses' ids: `eipalloc-…`."""
EKS_CLASS = "service.k8s.aws/nlb"
"""Load balancer class that the AWS Load Balancer Controller serves, which alone reads the one above."""
_SOLVER = "acme.cert-manager.io/http01-solver"
_AGAIN = "run `binder-deploy up` again"


def class_exists(facts: Facts) -> Verdict:
    """Every Ingress of ours names the class that is served: Traefik's, or the cluster's own."""
    wanted = ingress_class(facts[f.SETTINGS])
    classes = {name(c) for c in facts[f.INGRESS_CLASSES]}
    if wanted not in classes:
        where = (
            "platform.ingress_class"
            if door(facts[f.SETTINGS]) == "theirs"
            else f"kubectl -n {TRAEFIK_NAMESPACE} get pods"
        )
        return Failed(
            f"IngressClass {wanted} does not exist: no controller looks at the Ingresses",
            f"look at {where}; then {_AGAIN}",
        )
    wrong = [path(i) for i in ours(facts, f.INGRESSES) if spec(i).get("ingressClassName") != wanted]
    if wrong:
        return Failed(
            f"another or no ingress class: {listing(wrong)}; Traefik ignores these",
            f"remove ingressClassName and kubernetes.io/ingress.class from charts.*.values, then {_AGAIN}",
        )
    return Passed(wanted)


def backends_exist(facts: Facts) -> Verdict:
    """Every Ingress leads to a Service with that port, and the Service to containers that listen on it."""
    services = {(namespace(s), name(s)): s for s in facts[f.SERVICES]}
    wrong = []
    for ingress in ours(facts, f.INGRESSES):
        if _SOLVER in labels(ingress):  # cert-manager's, for a moment, in front of a bare pod
            continue
        for backend in _backends(ingress):
            service = services.get((namespace(ingress), backend["name"]))
            problem = _dead_end(service, backend.get("port") or {}, facts[f.WORKLOADS])
            if problem:
                wrong.append(f"{path(ingress)} → {backend['name']}: {problem}")
    if wrong:
        return Failed(
            f"{listing(wrong)}; people would see 404 or 503",
            f"look in charts.*.values for a changed name, port or label of that Service, then {_AGAIN}",
        )
    return Passed()


def entrypoint_names_the_address(facts: Facts) -> Verdict:
    """The entry point's Service refers to the address that was reserved for it."""
    if isinstance(facts[f.SETTINGS].platform, Existing):
        return Skipped("not applicable", "no address was reserved: the cluster gives one, or has one already")
    wanted = Names(facts[f.SETTINGS].name).address
    service = _entrypoint(facts[f.SERVICES])
    if service is None:
        return _no_entrypoint()
    if isinstance(facts[f.SETTINGS].platform, Eks):
        return _names_an_allocation(service)
    named = annotated(service).get(GKE_ADDRESS)
    pinned = spec(service).get("loadBalancerIP")
    if wanted not in (part.strip() for part in (named or "").split(",")) and not pinned:
        return Failed(
            f"Service {path(service)} names {named or 'no address'}, not the reserved {wanted}: the cloud gives it an "
            "address that no DNS record points to",
            f"somebody changed the Service by hand: {_AGAIN}",
        )
    if not pinned and annotated(service).get(GKE_BACKEND_SERVICES) != "enabled":
        return Failed(
            f"Service {path(service)} lacks {GKE_BACKEND_SERVICES}: enabled; GKE ignores the reserved address then",
            f"it counts only at creation: kubectl -n {TRAEFIK_NAMESPACE} delete service {ENTRYPOINT_SERVICE}; then "
            f"{_AGAIN}",
        )
    return Passed(pinned or wanted)


def _names_an_allocation(service: Object) -> Verdict:
    named, chosen = annotated(service).get(EKS_ADDRESSES) or "", spec(service).get("loadBalancerClass")
    if not named.startswith("eipalloc-"):
        return Failed(
            f"Service {path(service)} has no reserved address in {EKS_ADDRESSES}: the cloud gives it addresses that no "
            "DNS record points to",
            f"somebody changed the Service by hand: {_AGAIN}",
        )
    if chosen != EKS_CLASS:
        return Failed(
            f"Service {path(service)} has loadBalancerClass {chosen or 'none'}, not {EKS_CLASS}: nobody reads the "
            "reserved address then",
            f"it counts only at creation: kubectl -n {TRAEFIK_NAMESPACE} delete service {ENTRYPOINT_SERVICE}; then "
            f"{_AGAIN}",
        )
    return Passed(named)


def entrypoint_has_the_address(facts: Facts) -> Verdict:
    """The cloud's load balancer answers on the reserved address."""
    if door(facts[f.SETTINGS]) != "load-balancer":
        return Skipped(
            "not applicable", "no load balancer is asked for: people come in by the nodes, or by another way"
        )
    wanted = facts[f.ADDRESS]
    service = _entrypoint(facts[f.SERVICE_ADDRESSES])
    if service is None:
        return _no_entrypoint()
    given = [i.get("ip") or i.get("hostname") for i in (status(service).get("loadBalancer") or {}).get("ingress") or ()]
    events = f"kubectl -n {TRAEFIK_NAMESPACE} describe service {ENTRYPOINT_SERVICE}"
    if not given:
        return Failed(
            f"Service {path(service)} has no address yet: the cloud has made no load balancer",
            f"{events} shows the cloud's events (quota, or an address that is not regional)",
        )
    if EKS_ADDRESSES in annotated(service):
        # Amazon shows a host name. One is given only if the load balancer could be made with the addresses asked for.
        return Passed(", ".join(map(str, given)))
    if wanted not in given:
        return Failed(
            f"Service {path(service)} answers on {', '.join(map(str, given))}, not on the reserved {wanted}",
            f"{events}; delete the Service, then {_AGAIN}",
        )
    return Passed(wanted)


def _entrypoint(services: Objects) -> Object | None:
    return next((s for s in services if (namespace(s), name(s)) == (TRAEFIK_NAMESPACE, ENTRYPOINT_SERVICE)), None)


def _no_entrypoint() -> Failed:
    return Failed(f"Service {TRAEFIK_NAMESPACE}/{ENTRYPOINT_SERVICE} does not exist: there is no way in", _AGAIN)


def _backends(ingress: Object) -> Iterator[Mapping[str, Any]]:
    inner = spec(ingress)
    every = [inner.get("defaultBackend") or {}]
    for rule in inner.get("rules") or ():
        every += [p.get("backend") or {} for p in (rule.get("http") or {}).get("paths") or ()]
    return (backend["service"] for backend in every if "service" in backend)


def _dead_end(service: Object | None, port: Mapping[str, Any], workloads: Objects) -> str:
    """Why a request ends there, or nothing."""
    if service is None:
        return "there is no such Service"
    wanted = next(
        (
            p
            for p in spec(service).get("ports") or ()
            if p.get("port") == port.get("number") or (p.get("name") and p.get("name") == port.get("name"))
        ),
        None,
    )
    if wanted is None:
        return f"the Service has no port {port.get('number') or port.get('name')}"
    selector = spec(service).get("selector") or {}
    chosen = [
        template(w) for w in workloads if namespace(w) == namespace(service) and selects(selector, labels(template(w)))
    ]
    if not chosen:
        return "the Service's selector matches no workload"
    target = wanted.get("targetPort", wanted.get("port"))
    # A numeric port need not be declared by the container; a name that nobody declares leads nowhere.
    if isinstance(target, str) and not any(
        p.get("name") == target for t in chosen for c in containers(spec(t)) for p in c.get("ports") or ()
    ):
        return f"no container has a port named {target}"
    return ""
