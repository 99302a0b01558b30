"""Asks the API server what it would say to an object: all admission runs, nothing is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from binder_deploy.checks.facts import admission as a
from binder_deploy.checks.facts.admission import Admission
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe, Source
from binder_deploy.checks.probes.kube import ApiRefused, Kube
from binder_deploy.settings.choices import ingress_class
from binder_deploy.settings.names import INGRESS_CLASS, OWNER_LABEL

NAME = "binder-deploy-canary"
"""Of what is asked about. Always the same: equal answers shall read equal."""
TIMEOUT_S = 35.0
"""A webhook may take 30 seconds, and a broken one does."""
_NOT_THE_OBJECT = re.compile(r"cannot create resource|exceeded quota|does not support dry run|being terminated")
"""Refusals that are not about what was asked: the question stays open."""
_NOT_NOW = frozenset({401, 429, 503})


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Dry runs in the cluster that there is."""
    if given.kubeconfig is None:
        return {}
    kube, owner = Kube(given.kubeconfig), given.settings.name
    collectors: Mapping[Key[Any], Callable[[], Any]] = {
        a.PRIVILEGED_POD: lambda: privileged_pod(kube, owner),
        a.INGRESS: lambda: ingress(kube, owner, ingress_class(given.settings)),
        a.CERTIFICATE: lambda: certificate(kube, owner),
    }

    def source(key: Key[Any]) -> Source:
        return "simulated" if given.simulated and key.played else "observed"

    return {key: Probe(collect, source(key), timeout_s=TIMEOUT_S + 5) for key, collect in collectors.items()}


def privileged_pod(kube: Kube, owner: str) -> Admission:
    """Whether a pod as the builder's is admitted: privileged, with a folder of the node."""
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "containers": [
            {
                "name": "builder",
                "image": "registry.k8s.io/pause:3.10",
                "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
                "securityContext": {"privileged": True},
                "volumeMounts": [{"name": "node", "mountPath": "/node"}],
            }
        ],
        "volumes": [{"name": "node", "hostPath": {"path": "/var/lib", "type": "Directory"}}],
    }
    return _ask(kube, owner, f"/api/v1/namespaces/{kube.binder}/pods", "v1", "Pod", spec)


def ingress(kube: Kube, owner: str, class_name: str = INGRESS_CLASS) -> Admission:
    """Whether an Ingress of ours is admitted, by whichever webhooks the cluster has for them."""
    # A host that nobody has: some controllers refuse a second ingress for the same one.
    backend = {"service": {"name": "binder", "port": {"number": 80}}}
    rule = {
        "host": f"{NAME}.invalid",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    path = f"/apis/networking.k8s.io/v1/namespaces/{kube.binder}/ingresses"
    spec = {"ingressClassName": class_name, "rules": [rule]}
    return _ask(kube, owner, path, "networking.k8s.io/v1", "Ingress", spec)


def certificate(kube: Kube, owner: str) -> Admission:
    """Whether a Certificate is admitted: cert-manager's webhook must answer."""
    spec = {"secretName": NAME, "dnsNames": [f"{NAME}.invalid"], "issuerRef": {"name": NAME, "kind": "ClusterIssuer"}}
    path = f"/apis/cert-manager.io/v1/namespaces/{kube.binder}/certificates"
    return _ask(kube, owner, path, "cert-manager.io/v1", "Certificate", spec)


def _ask(kube: Kube, owner: str, path: str, version: str, kind: str, spec: Mapping[str, Any]) -> Admission:
    """Raises `ApiRefused` where the refusal does not concern the object, or `LookupError` without a namespace."""
    metadata = {
        "name": NAME,
        "namespace": kube.binder,
        "labels": {OWNER_LABEL: owner},
    }
    body = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    try:
        kube.send("POST", f"{path}?dryRun=All", body=body, timeout_s=TIMEOUT_S)
    except ApiRefused as refused:
        said = str(refused)
        if refused.status == 404 and f'namespaces "{kube.binder}" not found' in said:
            raise LookupError(f"there is no namespace {kube.binder} yet") from refused
        if refused.status in _NOT_NOW or _NOT_THE_OBJECT.search(said):
            raise
        return Admission(False, said)
    return Admission(True)
