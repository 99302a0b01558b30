"""A deployment in good health, as facts. Tests break one thing at a time in a copy of it."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.charts.requests import SYSTEM_ON_A_NODE, SYSTEM_ONCE, Count, Request
from binder_deploy.charts.values.placement import Role
from binder_deploy.charts.values.quantities import number
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Key, Probe, Verdict
from binder_deploy.checks.probes.local import capacities
from binder_deploy.checks.runner import run
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.model import Settings
from binder_deploy.settings.service import Resources

World = dict[Key[Any], Any]

_BASE: dict[str, Any] = {
    "version": 1,
    "name": "demo",
    "platform": {"kind": "gke", "project": "demo-project", "region": "europe-west1", "zone": "europe-west1-b"},
    "address": {"domain": "example.org"},
    "tls": {"email": "it@example.org", "server": "production"},
    "hub": {"storage_class": "standard-rwo"},
    "tags": {"owner": "it"},
}
GIB = 2**30


def _asked(pod: str, pool: Role, resources: Resources, count: Count) -> Request:
    memory = int(number(resources.memory_guarantee))
    return Request(pod, pool, resources.cpu_guarantee, memory, count=count)


def _merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in change.items():
        merged = isinstance(value, dict) and isinstance(out.get(key), dict)
        # A section of another kind has nothing in common with the base's.
        other = merged and "kind" in value and value["kind"] != out[key].get("kind")
        out[key] = _merged(out[key], value) if merged and not other else value
    return out


@pytest.fixture
def settings() -> Callable[..., Settings]:
    """Valid settings with some sections changed."""
    return lambda **change: Settings.model_validate(_merged(_BASE, change))


def _meta(name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def _pod_spec() -> dict[str, Any]:
    return {
        "serviceAccountName": "hub",
        "imagePullSecrets": [{"name": "pull"}],
        "volumes": [
            {"name": "pvc", "persistentVolumeClaim": {"claimName": "hub-db-dir"}},
            {"name": "config", "configMap": {"name": "hub"}},
            {"name": "all", "projected": {"sources": [{"secret": {"name": "hub"}}, {"configMap": {"name": "hub"}}]}},
            {"name": "extra", "secret": {"secretName": "not-there", "optional": True}},
        ],
        "initContainers": [{"name": "init", "resources": {"requests": {"cpu": "10m", "memory": "1Gi"}}}],
        "containers": [
            {
                "name": "hub",
                "ports": [{"name": "http", "containerPort": 8081}],
                "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}],
                "envFrom": [{"configMapRef": {"name": "hub"}}],
                "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}},
            }
        ],
    }


def _workload(kind: str, name: str, component: str, namespace: str = "binder", **spec: Any) -> dict[str, Any]:
    pod = spec.pop("pod", {"containers": [{"name": name, "ports": [{"name": "http", "containerPort": 8000}]}]})
    return {
        "kind": kind,
        "metadata": _meta(name, namespace, generation=1),
        "spec": {"replicas": 1, "template": {"metadata": {"labels": {"component": component}}, "spec": pod}, **spec},
        "status": {
            "observedGeneration": 1,
            "updatedReplicas": 1,
            "readyReplicas": 1,
            "desiredNumberScheduled": 1,
            "updatedNumberScheduled": 1,
            "numberReady": 1,
        },
    }


def _service(name: str, component: str, port: int, target: str | int) -> dict[str, Any]:
    return {
        "metadata": _meta(name, "binder"),
        "spec": {"selector": {"component": component}, "ports": [{"name": "http", "port": port, "targetPort": target}]},
    }


def _ingress(name: str, host: str, service: str) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    return {
        "metadata": _meta(name, "binder"),
        "spec": {
            "ingressClassName": "traefik",
            "rules": [{"host": host, "http": {"paths": [{"path": "/", "backend": backend}]}}],
            "tls": [{"hosts": [host], "secretName": "binder-tls"}],
        },
    }


def _healthy(made: Settings) -> World:
    workloads = (
        _workload("Deployment", "hub", "hub", pod=_pod_spec()),
        _workload("Deployment", "proxy", "proxy"),
        _workload("Deployment", "binder", "binder"),
        _workload(
            "DaemonSet",
            "binder-service-dind",
            "image-builder",
            pod={"nodeSelector": {"binder-deploy/pool": "build"}, "containers": [{"name": "dind"}]},
        ),
    )
    claims = (
        {
            "metadata": _meta("hub-db-dir", "binder"),
            "spec": {"storageClassName": "demo-disk"},
            "status": {"phase": "Bound"},
        },
    )
    pods = (
        {
            "metadata": _meta("hub-1", "binder", labels={"component": "hub", "release": "binder-service"}),
            "spec": _pod_spec(),
            "status": {"phase": "Running", "conditions": [{"type": "PodScheduled", "status": "True"}]},
        },
    )
    entrypoint = {
        "metadata": _meta(
            "entrypoint",
            "traefik",
            annotations={
                "networking.gke.io/load-balancer-ip-addresses": "demo-ip",
                "cloud.google.com/l4-rbs": "enabled",
            },
        ),
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}},
    }
    services = (_service("proxy-public", "proxy", 80, "http"), _service("binder", "binder", 80, 8585), entrypoint)
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    certificates = (
        {
            "metadata": _meta("binder-tls", "binder"),
            "spec": {"secretName": "binder-tls", "dnsNames": ["binder.example.org", "hub.example.org"]},
            "status": ready,
        },
    )
    names = frozenset({("binder", "hub"), ("binder", "pull")})
    return {
        f.SETTINGS: made,
        f.CAPACITIES: capacities(made),
        f.REQUESTS: (
            SYSTEM_ON_A_NODE,
            SYSTEM_ONCE,
            Request("hub", "core", 0.2, GIB // 2),
            Request("traefik", "core", 0.1, GIB // 4, replicas=2),
            _asked("dind (builder)", "build", made.binder.builds.daemon, "per-node"),
            _asked("build", "build", made.binder.builds.repo2docker, "on-demand"),
            _asked("server", "user", made.hub.server, "on-demand"),
        ),
        f.TOOLS: {"pulumi": "/usr/bin/pulumi", "helm": "/usr/bin/helm"},
        f.AUTH_HELPER: "/usr/bin/gke-gcloud-auth-plugin",
        f.CHART_VERSIONS: {"binderhub": "1.0.0-0.dev.git.3983.h383374de", "jupyterhub": "4.3.5"},
        f.CHART_KUBE_VERSIONS: {"binderhub": ">=1.28.0-0", "traefik": ">=1.25.0-0"},
        f.ADDRESS: "192.0.2.7",
        f.KUBE_VERSION: "v1.33.4-gke.1134000",
        f.NODES: ({"metadata": _meta("node-1", labels={"binder-deploy/pool": "core"})},),
        f.PODS: pods,
        f.WORKLOADS: workloads,
        f.ROLLOUTS: workloads,
        f.REFERENTS: f.Referents(
            secrets=names,
            config_maps=names,
            service_accounts=names,
            claims=frozenset({("binder", "hub-db-dir")}),
        ),
        f.STORAGE_CLASSES: (
            {"metadata": _meta("standard-rwo", annotations={"storageclass.kubernetes.io/is-default-class": "true"})},
            {"metadata": _meta("demo-disk")},
        ),
        f.CLAIMS: claims,
        f.CLAIM_PHASES: claims,
        f.SERVICES: services,
        f.SERVICE_ADDRESSES: services,
        f.INGRESSES: (
            _ingress("hub", "hub.example.org", "proxy-public"),
            _ingress("binder", "binder.example.org", "binder"),
        ),
        f.INGRESS_CLASSES: ({"metadata": _meta("traefik")},),
        f.ISSUERS: ({"metadata": _meta("letsencrypt-production"), "status": ready},),
        f.CERTIFICATES: certificates,
        f.CERTIFICATE_STATES: certificates,
        f.HUB_SECRETS: (f.SecretShape("token", True, 0), f.SecretShape("cookie", True, 1)),
        f.BINDER_CONFIG: f.BinderConfig("https://hub.example.org/", image_prefix(made), "dind"),
        f.BINDER_ACCESS: {"create pods": True, "get pods/log": True},
        f.LEFTOVERS: Sweep(),
    }


@pytest.fixture
def world(settings: Callable[..., Settings]) -> Callable[..., World]:
    """The healthy world, a fresh copy each time, with some settings changed."""
    return lambda **change: copy.deepcopy(_healthy(settings(**change)))


@pytest.fixture
def judge() -> Callable[[str, World], Verdict]:
    """The verdict of one check on a world."""

    def verdict(check_id: str, facts: World) -> Verdict:
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        probes = {key: Probe(functools.partial(facts.__getitem__, key)) for key in check.needs}
        return run([check], probes)[0].verdict

    return verdict
