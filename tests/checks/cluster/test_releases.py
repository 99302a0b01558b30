"""Helm's own records, as the API server keeps them: what is stuck, what the cluster no longer knows."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Key, Probe, Verdict
from binder_deploy.checks.probes import releases
from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.rules.releases import removed_in
from binder_deploy.checks.runner import run
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

shows = pytest.mark.shows
SECRETS = "/api/v1/namespaces/binder/secrets"
PASSWORD = "correct-horse-battery-staple"
MANIFEST = f"""---
# Source: binder-service/templates/secret.yaml
apiVersion: v1
kind: Secret
stringData:
  values.yaml: |
    apiVersion: not/one
    kind: Nested
  password: {PASSWORD}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: binder}}
"""


@pytest.fixture
def record(api: Api, namespace: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """Writes a revision of a release the way Helm's Secret driver does."""
    namespace()
    made: list[str] = []

    def write(revision: int, status: str, manifest: str = MANIFEST, name: str = "binder-service") -> None:
        hook = {"manifest": "apiVersion: batch/v1\nkind: Job\n"}
        release = {"name": name, "manifest": manifest, "hooks": [hook], "config": {"password": PASSWORD}}
        packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
        secret = f"sh.helm.release.v1.{name}.v{revision}"
        labels = {"owner": "helm", "name": name, "version": str(revision), "status": status, "modifiedAt": "1"}
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "helm.sh/release.v1",
            "metadata": {"name": secret, "labels": labels},
            "data": {"release": base64.b64encode(packed).decode()},
        }
        api.create(SECRETS, body)
        made.append(secret)

    yield write
    for name in made:
        api.delete(f"{SECRETS}/{name}")


@pytest.fixture
def judge(kubeconfig: Path, settings: Callable[..., Settings], tmp_path: Path) -> Callable[..., Verdict]:
    """The verdict of one check on the cluster as it is; `version` plays another one of Kubernetes."""

    def verdict(check_id: str, version: str = "v1.36.3") -> Verdict:
        probes: dict[Key[Any], Probe[Any]] = releases.probes(
            Given(settings=settings(), folder=tmp_path, kubeconfig=kubeconfig)
        )
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        return run([check], {**probes, f.KUBE_VERSION: Probe(lambda: version)})[0].verdict

    return verdict


@shows("BD-CLU-013", "passed")
def test_what_is_over_does_not_count(record: Any, judge: Any) -> None:
    record(9, "pending-upgrade")
    record(10, "deployed")
    judge("BD-CLU-013")


@pytest.mark.parametrize(
    ("status", "way_out"),
    [
        pytest.param("pending-install", "it mends Helm's record", id="install"),
        pytest.param("pending-upgrade", "it mends Helm's record", id="upgrade"),
        pytest.param("pending-rollback", "it mends Helm's record", id="rollback"),
        pytest.param("uninstalling", "binder-deploy down", id="uninstall"),
        pytest.param("failed", "binder-deploy up", id="failed"),
    ],
)
@shows("BD-CLU-013", "failed")
def test_a_release_that_was_cut_off_is_named_with_the_way_out(
    record: Any, judge: Any, status: str, way_out: str
) -> None:
    record(9, "deployed")
    record(10, status)
    verdict = judge("BD-CLU-013")
    assert "release binder/binder-service (revision 10)" in verdict.message and way_out in verdict.remedy


@shows("BD-CLU-014", "passed")
@shows("BD-CLU-015", "passed")
def test_a_release_of_living_kinds_passes(record: Any, judge: Any) -> None:
    record(1, "deployed")
    judge("BD-CLU-014")
    judge("BD-CLU-015")


@shows("BD-CLU-014", "failed")
def test_a_kind_that_this_cluster_does_not_serve_is_named(record: Any, judge: Any, told: Any) -> None:
    gone = f"{MANIFEST}---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {{name: binder}}\n"
    record(1, "superseded")
    record(2, "deployed", gone)
    # Helm compares with what was rolled out last, not with what failed since.
    record(3, "failed")
    verdict = judge("BD-CLU-014")
    assert isinstance(verdict, Failed)
    assert "policy/v1beta1 PodDisruptionBudget (release binder/binder-service)" in verdict.message
    assert PASSWORD not in told(verdict)


@shows("BD-CLU-015", "failed")
def test_a_kind_that_the_next_version_drops_is_named(record: Any, judge: Any) -> None:
    record(1, "deployed", "apiVersion: networking.k8s.io/v1beta1\nkind: ServiceCIDR\nmetadata: {name: more}\n")
    assert "Kubernetes 1.37 no longer serves networking.k8s.io/v1beta1 ServiceCIDR" in judge("BD-CLU-015").message
    assert not isinstance(judge("BD-CLU-015", "v1.35.2-gke.100"), Failed)


def test_only_kinds_leave_the_record(record: Any, kube: Kube) -> None:
    record(1, "deployed")
    (found,) = releases.manifests(kube, {"binder"})
    assert found.apis == {("v1", "Secret"), ("apps/v1", "Deployment"), ("batch/v1", "Job")}


def test_the_states_come_without_the_content(record: Any, kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    record(1, "deployed")
    answers: list[str] = []
    send = Kube.send
    monkeypatch.setattr(Kube, "send", lambda self, *a, **k: answers.append(json.dumps(r := send(self, *a, **k))) or r)
    assert [r.status for r in releases.releases(kube, {"binder"})] == ["deployed"]
    assert answers and not any('"data"' in answer for answer in answers)


def test_no_removal_is_older_than_the_table_says(kube: Kube) -> None:
    """The API server of this version serves nothing that the table says is gone by now."""
    served = releases.served(kube)
    assert {("apps/v1", "Deployment"), ("v1", "Pod")} <= served
    assert all(not removed_in(minor) & served for minor in range(25, 37))
