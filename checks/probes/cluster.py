"""Facts of a cluster, each by a few LISTs that run at the same time as the others'."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import tls as t
from binder_deploy.checks.facts.deployment import Objects
from binder_deploy.checks.model import Key, Probe, Source
from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.probes.service import access, binder_config, hub_secrets

_ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")
_COLLECTIONS: Mapping[Key[Objects], tuple[tuple[str, str], ...]] = {
    f.NODES: (("Node", "/api/v1/nodes"),),
    f.PODS: (("Pod", "/api/v1/pods"),),
    f.WORKLOADS: (
        *((kind, f"/apis/apps/v1/{kind.lower()}s") for kind in _ROLLED_OUT),
        ("Job", "/apis/batch/v1/jobs"),
        ("CronJob", "/apis/batch/v1/cronjobs"),
    ),
    f.ROLLOUTS: tuple((kind, f"/apis/apps/v1/{kind.lower()}s") for kind in _ROLLED_OUT),
    f.STORAGE_CLASSES: (("StorageClass", "/apis/storage.k8s.io/v1/storageclasses"),),
    f.CLAIMS: (("PersistentVolumeClaim", "/api/v1/persistentvolumeclaims"),),
    f.CLAIM_PHASES: (("PersistentVolumeClaim", "/api/v1/persistentvolumeclaims"),),
    f.SERVICES: (("Service", "/api/v1/services"),),
    f.SERVICE_ADDRESSES: (("Service", "/api/v1/services"),),
    f.INGRESSES: (("Ingress", "/apis/networking.k8s.io/v1/ingresses"),),
    f.INGRESS_CLASSES: (("IngressClass", "/apis/networking.k8s.io/v1/ingressclasses"),),
    f.ISSUERS: (("ClusterIssuer", "/apis/cert-manager.io/v1/clusterissuers"),),
    f.CERTIFICATES: (("Certificate", "/apis/cert-manager.io/v1/certificates"),),
    f.CERTIFICATE_STATES: (("Certificate", "/apis/cert-manager.io/v1/certificates"),),
    t.ORDERS: (("Order", "/apis/acme.cert-manager.io/v1/orders"),),
    t.CHALLENGES: (("Challenge", "/apis/acme.cert-manager.io/v1/challenges"),),
}


def cluster_probes(kubeconfig: Path, simulated: bool) -> dict[Key[Any], Probe[Any]]:
    """A probe for every fact of the cluster that `kubeconfig` leads to.

    `simulated`: it is a rehearsal's, where facts whose key says `played` count as simulated.
    Raises what the Kubernetes client raises for an unusable kubeconfig.
    """
    kube = Kube(kubeconfig)

    def probes() -> Iterator[tuple[Key[Any], Callable[[], Any]]]:
        for key, collections in _COLLECTIONS.items():
            yield key, partial(_objects, kube, collections)
        yield f.KUBE_VERSION, lambda: str(kube.get("/version")["gitVersion"])
        yield f.REFERENTS, lambda: _referents(kube)
        yield f.HUB_SECRETS, lambda: hub_secrets(kube)
        yield f.BINDER_CONFIG, lambda: binder_config(kube)
        yield f.BINDER_ACCESS, lambda: access(kube)

    def source(key: Key[Any]) -> Source:
        return "simulated" if simulated and key.played else "observed"

    return {key: Probe(collect, source(key)) for key, collect in probes()}


def _objects(kube: Kube, collections: tuple[tuple[str, str], ...]) -> Objects:
    return tuple(item for kind, path in collections for item in kube.items(path, kind))


def _referents(kube: Kube) -> f.Referents:
    return f.Referents(
        secrets=kube.names("/api/v1/secrets"),
        config_maps=kube.names("/api/v1/configmaps"),
        service_accounts=kube.names("/api/v1/serviceaccounts"),
        claims=kube.names("/api/v1/persistentvolumeclaims"),
    )
