"""What the API server admits: real admission, by Pod Security, quotas, rights, and webhooks that do not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import admission as a
from binder_deploy.checks.facts.admission import Admission
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Facts, Failed, Skipped, Verdict
from binder_deploy.checks.probes import dry_run
from binder_deploy.checks.probes.kube import ApiRefused, Kube
from binder_deploy.checks.rules.admission import builders_are_admitted
from binder_deploy.checks.runner import run
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

shows = pytest.mark.shows
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
QUOTAS = "/api/v1/namespaces/binder/resourcequotas"


@pytest.fixture
def judge(kubeconfig: Path, settings: Callable[..., Settings], tmp_path: Path) -> Callable[..., Verdict]:
    """The verdict of one check on the cluster as it is."""

    def verdict(check_id: str, *, simulated: bool = False) -> Verdict:
        given = Given(settings=settings(), folder=tmp_path, kubeconfig=kubeconfig, simulated=simulated)
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        return run([check], dry_run.probes(given))[0].verdict

    return verdict


@pytest.fixture
def certificates(kube: Kube, api: Api, eventually: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """The kind that cert-manager brings, without its webhook."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    names = {"kind": "Certificate", "plural": "certificates", "singular": "certificate"}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    name = "certificates.cert-manager.io"
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {"group": "cert-manager.io", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    api.create(DEFINITIONS, body)
    eventually(lambda: _status(kube) == 200)
    yield
    api.delete(f"{DEFINITIONS}/{name}")
    eventually(lambda: _status(kube) == 404)


def _status(kube: Kube) -> int:
    """A new kind is refused, too, while its storage is made ready."""
    try:
        kube.get("/apis/cert-manager.io/v1/namespaces/binder/certificates")
    except ApiRefused as refused:
        return refused.status
    return 200


@shows("BD-CLU-010", "passed")
def test_a_namespace_without_restrictions_takes_builders(namespace: Any, judge: Any, api: Api) -> None:
    namespace()
    judge("BD-CLU-010")
    # A dry run makes nothing.
    assert (api.get("/api/v1/namespaces/binder/pods") or {})["items"] == []


@pytest.mark.parametrize("level", ["restricted", "baseline"])
@shows("BD-CLU-010", "failed")
def test_pod_security_that_refuses_builders_is_found(namespace: Any, judge: Any, level: str) -> None:
    namespace(**{"pod-security.kubernetes.io/enforce": level})
    verdict = judge("BD-CLU-010")
    assert isinstance(verdict, Failed) and verdict.remedy.startswith("kubectl label namespace binder")
    assert f'violates PodSecurity "{level}' in verdict.detail
    # What it says is real in a rehearsal, too.
    assert judge("BD-CLU-010", simulated=True) == verdict


def test_a_full_quota_says_nothing_about_privileges(namespace: Any, judge: Any, api: Api) -> None:
    namespace()
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"}, "spec": {"hard": {"pods": "0"}}}
    api.create(QUOTAS, quota)
    try:
        verdict = judge("BD-CLU-010")
    finally:
        api.delete(f"{QUOTAS}/full")
    assert isinstance(verdict, Skipped) and "exceeded quota" in verdict.detail


@shows("BD-CLU-011", "passed")
def test_without_a_webhook_in_the_way_an_ingress_is_admitted(namespace: Any, judge: Any) -> None:
    namespace()
    judge("BD-CLU-011")
    rehearsed = judge("BD-CLU-011", simulated=True)
    assert isinstance(rehearsed, Skipped) and rehearsed.reason == "simulated"


@shows("BD-CLU-011", "failed")
def test_a_webhook_that_nobody_answers_is_named_with_its_address(
    namespace: Any, judge: Any, webhook: Any, eventually: Any
) -> None:
    namespace()
    webhook("validate.nginx.ingress.example.org", "networking.k8s.io", "ingresses")
    verdict = eventually(lambda: isinstance(found := judge("BD-CLU-011"), Failed) and found)
    assert "validate.nginx.ingress.example.org does not answer at gone.nowhere.svc" in verdict.message


@shows("BD-CLU-012", "passed")
def test_a_certificate_is_admitted_once_its_kind_exists(namespace: Any, certificates: None, judge: Any) -> None:
    namespace()
    judge("BD-CLU-012")


@shows("BD-CLU-012", "failed")
def test_a_cluster_without_cert_manager_is_told_apart_from_a_silent_webhook(
    namespace: Any, judge: Any, webhook: Any, eventually: Any, request: pytest.FixtureRequest
) -> None:
    namespace()
    assert "cert-manager is not installed" in judge("BD-CLU-012").message
    request.getfixturevalue("certificates")
    webhook("webhook.cert-manager.io", "cert-manager.io", "certificates")
    verdict = eventually(lambda: isinstance(found := judge("BD-CLU-012"), Failed) and found)
    assert "webhook.cert-manager.io does not answer" in verdict.message


def test_before_the_namespace_exists_the_question_stays_open(
    api: Api, judge: Any, namespace: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binder_deploy.checks.probes.kube.binder_namespace_in", lambda _file: "not-yet")
    verdict = judge("BD-CLU-010")
    assert isinstance(verdict, Skipped) and "no namespace not-yet yet" in verdict.detail


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ('admission webhook "warden-validating.common-webhooks.networking.gke.io" denied: GKE Warden', "Standard"),
        ("unable to validate against any security context constraint: [privileged]", "oc adm policy"),
        ('admission webhook "validate.kyverno.svc-fail" denied the request: no privileged pods', "an exception"),
    ],
)
def test_each_kind_of_refusal_has_its_own_way_out(said: str, remedy: str) -> None:
    """Clusters that no test can start here, in their own words."""
    verdict = builders_are_admitted(Facts({a.PRIVILEGED_POD: Admission(False, said)}))
    assert isinstance(verdict, Failed) and remedy in verdict.remedy and verdict.detail == said
