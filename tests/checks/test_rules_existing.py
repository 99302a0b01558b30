"""Rules that speak of pools say that they do not apply where the nodes are somebody else's, and help otherwise."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from binder_deploy.charts.requests import SYSTEM_ON_A_NODE
from binder_deploy.checks.facts import admission as a
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Warned
from binder_deploy.checks.rules.admission import certificates_are_admitted
from binder_deploy.settings.tls import OwnCertificate

PLATFORM = {"kind": "existing", "context": "lab", "node_size": {"cpu": 8, "memory": "32Gi"}}
REGISTRY = {"kind": "ghcr", "namespace": "campus", "push": {"username": "bot", "password": "env:PUSH"}}


@pytest.fixture
def theirs(world: Any, settings: Any) -> Any:
    """The healthy world in a cluster that was there before."""

    def make(size: f.Capacity = f.Capacity(8, 32 * 2**30, 110), **platform: Any) -> Any:
        found = world()
        found[f.SETTINGS] = settings(platform={**PLATFORM, **platform}, registry=REGISTRY)
        found[f.CAPACITIES] = dict.fromkeys(("core", "user", "build"), size)
        found[f.REQUESTS] = tuple(r for r in found[f.REQUESTS] if r != SYSTEM_ON_A_NODE)
        return found

    return make


@pytest.mark.parametrize("check", ["BD-SET-004", "BD-SET-006", "BD-SET-007", "BD-SET-010", "BD-TOOL-002", "BD-ING-003"])
def test_what_is_about_pools_or_clouds_is_not_applicable(theirs: Any, judge: Any, check: str) -> None:
    verdict = judge(check, theirs())
    assert isinstance(verdict, Skipped) and verdict.reason == "not applicable"


@pytest.mark.parametrize("check", ["BD-SET-001", "BD-SET-002", "BD-SET-003"])
def test_sizes_are_judged_by_the_nodes_that_there_are(theirs: Any, judge: Any, check: str) -> None:
    assert isinstance(judge(check, theirs()), Passed)
    small = judge(check, theirs(f.Capacity(0.1, 2**28, 110)))
    assert isinstance(small, Failed) and "platform.nodes." in small.remedy and "pools" not in small.message


def test_builders_are_anywhere_where_the_settings_name_no_nodes_for_them(theirs: Any, judge: Any) -> None:
    def found(**platform: Any) -> Any:
        made = theirs(**platform)
        made[f.WORKLOADS] = tuple(copy.deepcopy(w) for w in made[f.WORKLOADS])
        for workload in made[f.WORKLOADS]:
            if workload["kind"] == "DaemonSet":
                workload["spec"]["template"]["spec"].pop("nodeSelector", None)
        return made

    open_to_all = judge("BD-BND-002", found())
    assert isinstance(open_to_all, Warned) and "platform.nodes.build" in open_to_all.remedy
    assert isinstance(judge("BD-BND-002", found(nodes={"build": {"purpose": "builds"}})), Failed)


def test_who_brings_a_certificate_needs_no_cert_manager(theirs: Any) -> None:
    settings, refused = theirs()[f.SETTINGS], a.Admission(False, "404 for /apis/cert-manager.io/v1: page not found")
    assert isinstance(certificates_are_admitted(Facts({a.CERTIFICATE: refused, f.SETTINGS: settings})), Failed)
    own = OwnCertificate.model_validate({"kind": "certificate", "certificate": "env:CHAIN", "key": "env:KEY"})
    brought = settings.model_copy(update={"tls": own})
    verdict = certificates_are_admitted(Facts({a.CERTIFICATE: refused, f.SETTINGS: brought}))
    assert isinstance(verdict, Skipped) and verdict.reason == "not applicable"


def waiting(**spec: Any) -> dict[str, Any]:
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}
    container = {"name": "hub", "resources": {"requests": {"cpu": "4", "memory": "1Gi"}}}
    return {
        "metadata": {"namespace": "binder", "name": "hub-1", "labels": {"component": "hub"}},
        "spec": {"containers": [container], **spec},
        "status": {"phase": "Pending", "conditions": [unscheduled]},
    }


def machine(cpu: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "n1", "labels": labels}, "status": {"allocatable": {"cpu": cpu, "memory": "8Gi"}}}


@pytest.mark.parametrize(
    ("pod", "node", "expected"),
    [
        (waiting(nodeSelector={"for": "core"}), machine("8"), "wants a node with for=core, and there is none"),
        (waiting(), machine("2"), "more than any of the 1 nodes"),
    ],
    ids=["no such node", "all too small"],
)
def test_a_pod_that_no_node_can_take_is_named(
    theirs: Any, judge: Any, pod: dict[str, Any], node: dict[str, Any], expected: str
) -> None:
    found = theirs()
    found[f.PODS], found[f.NODES] = (pod,), (node,)
    verdict = judge("BD-POD-001", found)
    assert isinstance(verdict, Failed) and expected in verdict.message
    found[f.NODES] = (machine("8", **{"for": "core"}),)
    assert isinstance(judge("BD-POD-001", found), Passed)


def test_the_clusters_own_ingress_class_is_the_one_that_counts(theirs: Any, judge: Any) -> None:
    found = theirs(ingress_class="nginx")
    assert "IngressClass nginx does not exist" in judge("BD-ING-001", found).message
    found[f.INGRESS_CLASSES] = ({"metadata": {"name": "nginx"}},)
    ingresses = [{**i, "spec": {**i["spec"], "ingressClassName": "nginx"}} for i in found[f.INGRESSES]]
    found[f.INGRESSES] = tuple(ingresses)
    assert judge("BD-ING-001", found) == Passed("nginx")


def test_builds_on_every_node_are_worth_a_warning(theirs: Any, judge: Any) -> None:
    found = theirs()
    found[f.BINDER_CONFIG] = f.BinderConfig("https://hub.example.org/", "ghcr.io/campus/r2d-", "dind", build_nodes={})
    verdict = judge("BD-BND-004", found)
    assert isinstance(verdict, Warned) and "platform.nodes.build" in verdict.remedy


@pytest.mark.parametrize(
    "way", [{"load_balancer": "host-port"}, {"load_balancer": "node-port"}, {"ingress_class": "x"}]
)
def test_an_entrance_without_a_load_balancer_needs_no_address_of_one(theirs: Any, judge: Any, way: Any) -> None:
    found = theirs(**way)
    found[f.SERVICE_ADDRESSES] = ()
    assert isinstance(judge("BD-ING-004", found), Skipped)
    assert isinstance(judge("BD-ING-004", {**theirs(), f.SERVICE_ADDRESSES: ()}), Failed)
