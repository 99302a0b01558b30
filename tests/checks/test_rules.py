"""Rules hold on a healthy deployment, and say what is wrong, and the way out, on a broken one.

Both are made by hand, for every branch of a rule; `real/` has the nearest real things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from binder_deploy.charts.requests import Request
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Failed, Key, Passed, Verdict, Warned
from binder_deploy.settings.leftovers import Leftover, Sweep, Unasked

World = dict[Key[Any], Any]
Judge = Callable[[str, World], Verdict]
Worlds = Callable[..., World]
GIB = 2**30


def unchanged(world: World) -> None:
    """The settings alone break it."""


@dataclass(frozen=True)
class Case:
    check: str
    says: str
    """Part of the message."""
    fix: str
    """Part of the remedy."""
    change: Callable[[World], None] = unchanged
    settings: dict[str, Any] = field(default_factory=dict)
    verdict: type[Failed] | type[Warned] = Failed


def put(key: Key[Any], value: Any) -> Callable[[World], None]:
    return lambda world: world.update({key: value})


def at(key: Key[Any], *path: Any, to: Any) -> Callable[[World], None]:
    """Replace a part of a fact; `to=...` removes it."""

    def change(world: World) -> None:
        part = world[key]
        for step in path[:-1]:
            part = part[step]
        if to is ...:
            del part[path[-1]]
        else:
            part[path[-1]] = to

    return change


def pending(message: str, **spec: Any) -> Callable[[World], None]:
    def change(world: World) -> None:
        pod = world[f.PODS][0]
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        pod["status"] = {"phase": "Pending", "conditions": [condition]}
        pod["spec"] = {**pod["spec"], **spec}

    return change


def asking(cpu: str) -> dict[str, Any]:
    return {"containers": [{"name": "hub", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]}


def pools(**pool: Any) -> dict[str, Any]:
    return {"platform": {"pools": pool}}


SMALL = {"machine": "e2-standard-2", "min": 1, "max": 1}
SHOWN_TWICE = ({"metadata": {"name": "other", "namespace": "binder"}, "spec": {"secretName": "binder-tls"}},)
HELD = "0/1 nodes are available: 1 Insufficient cpu."

CASES = [
    Case("BD-SET-001", "none could ever start", "platform.pools.user.machine",
         settings={"hub": {"server": {"memory_guarantee": "64Gi", "memory_limit": "64Gi"}}}),
    Case("BD-SET-001", "push its neighbours", "hub.server.memory_limit", verdict=Warned,
         settings={"hub": {"server": {"memory_limit": "64Gi"}}}),
    Case("BD-SET-002", "builds would wait for ever", "platform.pools.build.machine",
         settings={"binder": {"builds": {"daemon": {"cpu_guarantee": 8, "cpu_limit": 8}}}}),
    Case("BD-SET-002", "takes the node down", "binder.builds.daemon.memory_limit",
         settings={"binder": {"builds": {"daemon": {"memory_limit": "64Gi"}}}}),
    Case("BD-SET-003", "big asks for 8 CPU", "platform.pools.core.machine",
         put(f.REQUESTS, (Request("big", "core", 8, GIB),))),
    Case("BD-SET-003", "more than 1 nodes", "platform.pools.core.max",
         put(f.REQUESTS, (Request("many", "core", 1, GIB, replicas=4),)), pools(core=SMALL)),
    Case("BD-SET-003", "needs 2 nodes from the start", "platform.pools.core.min to 2",
         put(f.REQUESTS, (Request("many", "core", 1, GIB, replicas=6),)), verdict=Warned),
    Case("BD-SET-003", "more than 3 nodes", "platform.pools.core.max",
         put(f.REQUESTS, (Request("tiny", "core", 0.001, 1, replicas=400),))),
    Case("BD-SET-004", "binder.max_servers is 5000", "binder.max_servers to ", verdict=Warned,
         settings={"binder": {"max_servers": 5000}}),
    Case("BD-SET-005", "hub.server: memory_guarantee is above", "memory_limit",
         settings={"hub": {"server": {"memory_guarantee": "3Gi", "memory_limit": "2Gi"}}}),
    Case("BD-SET-006", "30 GB fill up", "platform.pools.build.disk_gb",
         settings=pools(build={"machine": "e2-standard-4", "min": 0, "max": 1, "disk_gb": 30})),
    Case("BD-SET-006", "60 GB leave little", "platform.pools.build.disk_gb", verdict=Warned,
         settings=pools(build={"machine": "e2-standard-4", "min": 0, "max": 1, "disk_gb": 60})),
    Case("BD-SET-007", "hub.storage_class", "standard-rwo", settings={"hub": {"storage_class": "fast-disks"}}),
    Case("BD-SET-008", "tls.server is staging", "production", verdict=Warned, settings={"tls": {"server": "staging"}}),
    Case("BD-SET-009", "sslip.io", "domain of your own", settings={"address": {"domain": "192-0-2-7.sslip.io"}}),
    Case("BD-SET-009", "sslip.io", "staging", verdict=Warned,
         settings={"address": {"domain": "sslip.io"}, "tls": {"server": "staging"}}),
    Case("BD-SET-009", "common name", "at most 57", verdict=Warned,
         settings={"address": {"domain": f"{'a' * 58}.org"}}),
    Case("BD-SET-011", "24 hours", "hub.culling.idle_minutes", verdict=Warned,
         settings={"hub": {"culling": {"idle_minutes": 1440}}}),
    Case("BD-SET-011", "never ends", "hub.culling.max_age_hours", verdict=Warned,
         settings={"hub": {"culling": {"max_age_hours": 0}}}),
    Case("BD-SET-012", "binder.per_repo and binder.launches_per_hour", "above 0", verdict=Warned,
         settings={"binder": {"per_repo": 0, "launches_per_hour": 0}}),
    Case("BD-TOOL-002", "not on PATH", "gcloud components install", lambda world: world.update({f.AUTH_HELPER: None})),
    Case("BD-SET-013", "every build will end when it pushes", "registry.push to key", verdict=Warned,
         change=at(f.CHART_VERSIONS, "binderhub", to="1.0.0-0.dev.git.3040.h861e70f")),
    Case("BD-TOOL-001", "helm", "binder-deploy tools fetch", at(f.TOOLS, "helm", to=None)),
    Case("BD-CLU-001", "binderhub wants >=1.34.0-0", "platform.release_channel",
         at(f.CHART_KUBE_VERSIONS, "binderhub", to=">=1.34.0-0")),
    Case("BD-CLU-001", "wants >= 1.22.0-0, < 1.30.0-0", "bundle",
         at(f.CHART_KUBE_VERSIONS, "binderhub", to=">= 1.22.0-0, < 1.30.0-0")),
    Case("BD-CLU-002", "default/hub-1", "charts.*.values", at(f.PODS, 0, "metadata", "namespace", to="default")),
    Case("BD-STO-001", "demo-disk is the cluster's default", "is-default-class=false",
         at(f.STORAGE_CLASSES, 1, "metadata", "annotations",
            to={"storageclass.kubernetes.io/is-default-class": "true"})),
    Case("BD-STO-001", "no StorageClass is the default", "is-default-class=true",
         at(f.STORAGE_CLASSES, 0, "metadata", "annotations", to=...), verdict=Warned),
    Case("BD-STO-002", "binder/hub-db-dir names gold, which does not exist", "hub.storage_class",
         at(f.CLAIMS, 0, "spec", "storageClassName", to="gold")),
    Case("BD-STO-003", "binder/hub-db-dir", "describe pvc hub-db-dir",
         at(f.CLAIM_PHASES, 0, "status", "phase", to="Pending")),
    Case("BD-POD-001", "asks for 40 CPU and 1 GiB, but an empty e2-standard-4", "platform.pools.core.machine",
         pending(HELD, **asking("40"))),
    Case("BD-POD-001", "has all of its 1 nodes", "platform.pools.core.max",
         pending(HELD, **asking("1")), pools(core={"machine": "e2-standard-4", "min": 1, "max": 1})),
    Case("BD-POD-001", "a node of the pool gpu", "node selector",
         pending("", nodeSelector={"hub.jupyter.org/node-purpose": "gpu"})),
    Case("BD-POD-002", "binder/hub-1", "platform.pools.core.max", pending(HELD)),
    Case("BD-POD-003", "Secret binder/hub (for Deployment hub)", "charts.*.values",
         put(f.REFERENTS, f.Referents(frozenset({("binder", "pull")}), frozenset({("binder", "hub")}),
                                      frozenset({("binder", "hub")}), frozenset({("binder", "hub-db-dir")})))),
    Case("BD-POD-004", "Deployment binder/hub", "kubectl",
         at(f.ROLLOUTS, 0, "status", "readyReplicas", to=0)),
    Case("BD-POD-004", "DaemonSet binder/binder-service-dind", "kubectl",
         at(f.ROLLOUTS, 3, "status", "numberReady", to=0)),
    Case("BD-POD-004", "Deployment binder/proxy", "kubectl",
         at(f.ROLLOUTS, 1, "metadata", "generation", to=2)),
    Case("BD-ING-001", "does not exist", "binder-deploy up", put(f.INGRESS_CLASSES, ())),
    Case("BD-ING-001", "binder/hub", "ingressClassName", at(f.INGRESSES, 0, "spec", "ingressClassName", to="nginx")),
    Case("BD-ING-002", "binder/hub → proxy-public: there is no such Service", "charts.*.values", put(f.SERVICES, ())),
    Case("BD-ING-002", "has no port http", "charts.*.values", at(f.SERVICES, 0, "spec", "ports", to=[])),
    Case("BD-ING-002", "selector matches no workload", "label",
         at(f.SERVICES, 0, "spec", "selector", to={"component": "router"})),
    Case("BD-ING-002", "no container has a port named chp", "port",
         at(f.SERVICES, 0, "spec", "ports", 0, "targetPort", to="chp")),
    Case("BD-ING-003", "does not exist", "binder-deploy up", put(f.SERVICES, ())),
    Case("BD-ING-003", "not the reserved demo-ip", "binder-deploy up",
         at(f.SERVICES, 2, "metadata", "annotations", "networking.gke.io/load-balancer-ip-addresses", to="other")),
    Case("BD-ING-003", "l4-rbs", "delete service entrypoint",
         at(f.SERVICES, 2, "metadata", "annotations", "cloud.google.com/l4-rbs", to=...)),
    Case("BD-ING-004", "has no address yet", "describe service entrypoint",
         at(f.SERVICE_ADDRESSES, 2, "status", to={})),
    Case("BD-ING-004", "not on the reserved 192.0.2.7", "delete the Service",
         at(f.SERVICE_ADDRESSES, 2, "status", "loadBalancer", "ingress", 0, "ip", to="192.0.2.8")),
    Case("BD-TLS-001", "does not exist", "binder-deploy up", put(f.ISSUERS, ())),
    Case("BD-TLS-001", "not ready: Refused", "tls.email",
         at(f.ISSUERS, 0, "status", "conditions", 0, to={"type": "Ready", "status": "False", "reason": "Refused"})),
    Case("BD-TLS-002", "does not exist", "binder-deploy up", put(f.CERTIFICATE_STATES, ())),
    Case("BD-TLS-002", "has not looked at it since", "whether cert-manager runs",
         lambda w: (at(f.CERTIFICATE_STATES, 0, "metadata", "generation", to=2)(w),
                    at(f.CERTIFICATE_STATES, 0, "status", "conditions", 0, "observedGeneration", to=1)(w))[0]),
    Case("BD-TLS-002", "it says nothing yet", "port 80", at(f.CERTIFICATE_STATES, 0, "status", to={})),
    Case("BD-TLS-003", "does not cover hub.example.org", "binder-deploy up",
         at(f.CERTIFICATES, 0, "spec", "dnsNames", to=["binder.example.org"])),
    Case("BD-TLS-003", "hub.example.org with other", "secret is binder-tls",
         at(f.INGRESSES, 0, "spec", "tls", 0, "secretName", to="other")),
    Case("BD-TLS-003", "no Ingress serves hub.example.org with TLS", "charts.*.values",
         at(f.INGRESSES, 0, "spec", "tls", to=[])),
    Case("BD-TLS-003", "same Secret: binder/binder-tls", "remove the Certificate",
         lambda world: world.update({f.CERTIFICATES: world[f.CERTIFICATES] + SHOWN_TWICE})),
    Case("BD-HUB-001", "not 64 hexadecimal digits: token", "charts.binder-service.values",
         put(f.HUB_SECRETS, (f.SecretShape("token", False, 0),))),
    Case("BD-HUB-001", "cookie = token", "charts.binder-service.values",
         put(f.HUB_SECRETS, (f.SecretShape("token", True, 0), f.SecretShape("cookie", True, 0)))),
    Case("BD-HUB-001", "none of its keys", "binder-deploy up", put(f.HUB_SECRETS, ())),
    Case("BD-HUB-002", "is on jupyter.example.org, but the hub is served on hub.example.org", "hub_url",
         put(f.BINDER_CONFIG, f.BinderConfig("https://jupyter.example.org", None, "dind"))),
    Case("BD-HUB-002", "is http", "hub_url",
         put(f.BINDER_CONFIG, f.BinderConfig("http://hub.example.org", None, "dind"))),
    Case("BD-HUB-002", "no hub_url", "hub_url", put(f.BINDER_CONFIG, f.BinderConfig(None, None, "dind"))),
    Case("BD-BND-001", "may not create pods", "rbac", at(f.BINDER_ACCESS, "create pods", to=False)),
    Case("BD-BND-002", "builds with host, the settings say dind; nodes run containerd", "imageBuilderType",
         put(f.BINDER_CONFIG, f.BinderConfig(None, None, "host"))),
    Case("BD-BND-002", "no dind DaemonSet", "imageBuilderType", put(f.WORKLOADS, ())),
    Case("BD-BND-002", "has no node selector", "build_node_selector",
         at(f.WORKLOADS, 3, "spec", "template", "spec", "nodeSelector", to=...)),
    Case("BD-BND-003", "names images gcr.io/x/…", "image_prefix",
         put(f.BINDER_CONFIG, f.BinderConfig(None, "gcr.io/x/", "dind"))),
    Case("BD-END-001", "disk pvc-1", "gcloud compute disks delete pvc-1",
         put(f.LEFTOVERS, Sweep((Leftover("disk", "pvc-1", "label", "gcloud compute disks delete pvc-1"),)))),
    Case("BD-END-001", "disk (403: denied)", "may list", verdict=Warned,
         change=put(f.LEFTOVERS, Sweep((), (Unasked("disk", "403: denied"),)))),
    Case("BD-SET-010", "did you mean", "machine-types list", verdict=Warned,
         settings=pools(user={"machine": "e2-standart-8", "min": 0, "max": 1})),
]  # fmt: skip


@pytest.mark.parametrize("check_id", sorted({case.check for case in CASES}))
def test_a_healthy_deployment_passes(check_id: str, world: Worlds, judge: Judge) -> None:
    assert isinstance(judge(check_id, world()), Passed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check}: {case.says}")
def test_a_broken_deployment_is_told_what_and_how(case: Case, world: Worlds, judge: Judge) -> None:
    # A machine type that is not known has no capacity: that world is made by hand.
    broken = world(**case.settings) if case.check != "BD-SET-010" else world()
    if case.check == "BD-SET-010":
        platform = broken[f.SETTINGS].platform
        user = platform.pools.user.model_copy(update={"machine": "e2-standart-8"})
        renamed = platform.model_copy(update={"pools": platform.pools.model_copy(update={"user": user})})
        broken[f.SETTINGS] = broken[f.SETTINGS].model_copy(update={"platform": renamed})
    case.change(broken)
    verdict = judge(case.check, broken)
    assert isinstance(verdict, case.verdict), verdict
    assert case.says in verdict.message
    assert case.fix in verdict.remedy


def test_a_pod_that_fits_an_empty_node_may_wait_for_the_autoscaler(world: Worlds, judge: Judge) -> None:
    waiting = world()
    pending(HELD, **asking("1"))(waiting)
    assert isinstance(judge("BD-POD-001", waiting), Passed)


@pytest.mark.parametrize("component", ["singleuser-server", "binderhub-build", "user-placeholder"])
def test_people_s_own_pods_may_wait_for_a_node(component: str, world: Worlds, judge: Judge) -> None:
    waiting = world()
    pending(HELD)(waiting)
    waiting[f.PODS][0]["metadata"]["labels"]["component"] = component
    assert isinstance(judge("BD-POD-002", waiting), Passed)


def test_required_affinity_chooses_the_pool(world: Worlds, judge: Judge) -> None:
    broken = world()
    term = {"matchExpressions": [{"key": "hub.jupyter.org/node-purpose", "operator": "In", "values": ["user"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    pending(HELD, affinity=affinity, **asking("40"))(broken)
    verdict = judge("BD-POD-001", broken)
    assert isinstance(verdict, Failed)
    assert "platform.pools.user.machine" in verdict.remedy


def test_the_certificate_s_own_challenge_is_not_followed(world: Worlds, judge: Judge) -> None:
    facts = world()
    at(f.INGRESSES, 0, "spec", "rules", 0, "http", "paths", 0, "backend", "service", "name", to="solver")(facts)
    assert isinstance(judge("BD-ING-002", facts), Failed)
    at(f.INGRESSES, 0, "metadata", "labels", to={"acme.cert-manager.io/http01-solver": "true"})(facts)
    assert isinstance(judge("BD-ING-002", facts), Passed)


def test_a_claim_without_a_class_needs_a_default(world: Worlds, judge: Judge) -> None:
    facts = world()
    at(f.CLAIMS, 0, "spec", "storageClassName", to=...)(facts)
    assert isinstance(judge("BD-STO-002", facts), Passed)
    at(f.STORAGE_CLASSES, 0, "metadata", "annotations", to=...)(facts)
    assert isinstance(judge("BD-STO-002", facts), Failed)


def test_what_another_deployment_or_namespace_has_is_not_ours(world: Worlds, judge: Judge) -> None:
    facts = world()
    at(f.CLAIMS, 0, "spec", "storageClassName", to="gold")(facts)
    at(f.CLAIMS, 0, "metadata", "namespace", to="elsewhere")(facts)
    assert isinstance(judge("BD-STO-002", facts), Passed)
