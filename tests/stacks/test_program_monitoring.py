"""What watches the service: what it stands on, and that it goes first."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.system

RELEASE = "kubernetes:helm.sh/v3:Release"
NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "4dabf18193072939515e22adb298388d"
"""Marks a value that the engine encrypts: the signature of Pulumi's wire format."""
HOOK = "https://hooks.example.org/x"
SECRETS = ("6" * 64, "7" * 64, HOOK)
"""The hub's token for measurements, Grafana's password, where alerts go."""
WATCHED: dict[str, Any] = {"monitoring": {"alerts": {"kind": "webhook", "url": "env:ALERTS"}}}


@pytest.fixture
def run(deploy: Any) -> Any:
    return deploy(False, {"alertsSecret": HOOK}, **WATCHED)


def release(run: Any, name: str) -> Any:
    return run.one(RELEASE, f"{name}-release")


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_it_stands_on_its_disk_its_namespaces_and_its_secrets(name: str, run: Any) -> None:
    """And, at a destroy, goes before them: its claim is gone while disks can still be handed back."""
    needs = run.needs(release(run, name))
    below = [
        *run.of(NAMESPACE),
        run.one("kubernetes:storage.k8s.io/v1:StorageClass"),
        run.one("kubernetes:networking.k8s.io/v1:NetworkPolicy"),
        *(run.one("kubernetes:core/v1:Secret", f"monitoring-{of}-credentials") for of in ("prometheus", "grafana")),
        *run.of("container/nodePool:NodePool"),
    ]
    assert {resource.urn for resource in below} <= needs


def test_nothing_waits_for_it(run: Any) -> None:
    watching = {release(run, name).urn for name in ("prometheus", "grafana")}
    assert not [r.urn for r in run.resources if watching & run.needs(r) and r.urn not in watching]


def test_it_has_a_namespace_of_its_own_that_nobody_enters(run: Any) -> None:
    made = run.one(NAMESPACE, "namespaces-binder-monitoring").inputs
    assert made["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    policy = run.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs
    assert policy["metadata"]["namespace"] == "binder-monitoring"
    assert policy["spec"]["ingress"] == [{"from": [{"podSelector": {}}]}]
    assert release(run, "grafana").inputs["namespace"] == release(run, "prometheus").inputs["namespace"]


def test_every_secret_is_one_and_stands_nowhere_else(run: Any) -> None:
    secrets = [r for r in run.of("kubernetes:core/v1:Secret") if "monitoring" in r.name]
    assert len(secrets) == 3
    held = "".join(json.dumps(secret.raw) for secret in secrets)
    assert SECRET in held and all(value in held for value in SECRETS)
    for name in ("prometheus", "grafana"):
        told = json.dumps(release(run, name).raw)
        assert not [value for value in SECRETS if value in told]


def test_without_the_setting_there_is_nothing_of_it(deploy: Any) -> None:
    plain = deploy(False)
    inside = [r.name for r in plain.resources if r.type.startswith(("kubernetes:", "binder-deploy:cluster:"))]
    assert inside and not [name for name in inside if {"monitoring", "prometheus", "grafana"} & set(name.split("-"))]
