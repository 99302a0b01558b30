"""Checks of the cluster, seen to fail and to pass on a whole deployment that is up on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import stand_in
from binder_deploy.checks.model import Failed, Passed, Verdict, Warned

pytestmark = [pytest.mark.system, pytest.mark.slow]

Living = Any
BINDER = "/api/v1/namespaces/binder"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def pod(name: str, cpu: str = "50m", labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "none", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    spec = {"nodeSelector": {"binder-deploy/pool": "core"}, "containers": [container], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def deployment(name: str, **spec: Any) -> dict[str, Any]:
    found = pod(name, labels={"app": name}, **spec)
    template = {"metadata": found["metadata"], "spec": found["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
    }


def claim(name: str, storage_class: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {**spec, "storageClassName": storage_class},
    }


def astray(living: Living) -> None:
    living.put("/api/v1/namespaces/default/pods", pod("astray", labels={"release": "binder-service"}))


def default_is_ours(living: Living) -> None:
    living.change(f"{CLASSES}/campus-binder-disk", {"metadata": {"annotations": {DEFAULT: "true"}}})


def no_such_class(living: Living) -> None:
    living.put(f"{BINDER}/persistentvolumeclaims", claim("data", "gold"))


def no_disk_yet(living: Living) -> None:
    living.put(f"{BINDER}/persistentvolumeclaims", claim("data", "campus-binder-disk"))


def no_driver(living: Living) -> None:
    living.take("/apis/storage.k8s.io/v1/csidrivers/pd.csi.storage.gke.io")


def retained(living: Living) -> None:
    for volume in living.api.list("/api/v1/persistentvolumes")["items"]:
        path = f"/api/v1/persistentvolumes/{volume['metadata']['name']}"
        living.change(path, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})


def too_big(living: Living) -> None:
    living.put(f"{BINDER}/pods", pod("big", cpu="40"))


def no_such_secret(living: Living) -> None:
    volumes = [{"name": "v", "secret": {"secretName": "not-there"}}]
    living.put("/apis/apps/v1/namespaces/binder/deployments", deployment("reads", volumes=volumes))


def nowhere_to_run(living: Living) -> None:
    selector = {"binder-deploy/pool": "none"}
    living.put("/apis/apps/v1/namespaces/binder/deployments", deployment("waits", nodeSelector=selector))


def image_refused(living: Living) -> None:
    living.put(f"{BINDER}/pods", pod("pulls"))
    living.await_phase(f"{BINDER}/pods/pulls", "Running")
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "401 Unauthorized"}}
    state = {"name": "c", "image": "registry/none", "imageID": "", "ready": False, "restartCount": 0, "state": waiting}
    living.change(f"{BINDER}/pods/pulls/status", {"status": {"containerStatuses": [state]}})


def strict_budget(living: Living) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"component": "hub"}}}
    body = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "strict"}, "spec": spec}
    living.put("/apis/policy/v1/namespaces/binder/poddisruptionbudgets", body)


@dataclass(frozen=True)
class Case:
    check: str
    says: str
    break_it: Callable[[Living], None]
    verdict: type[Verdict] = Failed


CASES = [
    Case("BD-CLU-002", "default/astray", astray),
    Case("BD-CLU-007", "binder/strict never lets a pod go", strict_budget),
    Case("BD-STO-001", "campus-binder-disk is the cluster's default", default_is_ours),
    Case("BD-STO-002", "binder/data names gold", no_such_class),
    Case("BD-STO-003", "without a disk: binder/data", no_disk_yet),
    Case("BD-STO-004", "pd.csi.storage.gke.io", no_driver),
    Case("BD-STO-005", "(for binder/hub-db-dir)", retained, Warned),
    Case("BD-POD-001", "pod binder/big asks for 40 CPU", too_big),
    Case("BD-POD-002", "without a node: binder/big", too_big),
    Case("BD-POD-003", "Secret binder/not-there (for Deployment reads)", no_such_secret),
    Case("BD-POD-004", "Deployment binder/waits", nowhere_to_run),
    Case("BD-POD-007", "binder/pulls cannot get registry/none (ImagePullBackOff)", image_refused),
]  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.check, marks=pytest.mark.shows(c.check, "failed")) for c in CASES]
)
def test_what_is_broken_in_the_cluster_is_told(case: Case, living: Living) -> None:
    case.break_it(living)
    assert case.says in living.eventually(case.check, case.verdict).message


@pytest.mark.parametrize("check", [pytest.param(c.check, marks=pytest.mark.shows(c.check, "passed")) for c in CASES])
def test_a_deployment_that_is_up_is_well(check: str, living: Living) -> None:
    living.eventually(check, Passed)


@pytest.mark.shows("BD-STO-004", "failed")
def test_amazon_s_default_class_needs_a_driver_too(living: Living) -> None:
    body = {"metadata": {"name": "gp2"}, "provisioner": "kubernetes.io/aws-ebs"}
    living.put(CLASSES, {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", **body})
    living.put(f"{BINDER}/persistentvolumeclaims", claim("data", "gp2"))
    verdict = living.ask("BD-STO-004")
    assert isinstance(verdict, Failed)
    assert "ebs.csi.aws.com (StorageClass gp2)" in verdict.message


@pytest.mark.shows("BD-CLU-001", "failed")
@pytest.mark.shows("BD-CLU-001", "passed")
def test_a_chart_that_wants_another_kubernetes(living: Living, charts: Callable[..., ChartSet]) -> None:
    assert isinstance(living.ask("BD-CLU-001", charts=charts()), Passed)
    wanting = replace(stand_in("binderhub"), kube_versions={"binderhub": ">=9.0.0-0"})
    verdict = living.ask("BD-CLU-001", charts=charts(binderhub=wanting))
    assert isinstance(verdict, Failed)
    assert "binderhub wants >=9.0.0-0" in verdict.message
