"""What a living cluster holds is counted as the scheduler counts it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.ops.census import Crowd, Nodes, census, count_nodes, crowd, requested
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.secrets import SecretRef
from binder_deploy.settings.tls import OwnCertificate

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")


def node(name: str, pool: str = "", ready: bool = True) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {POOL_LABEL: pool} if pool else {}},
        "status": {
            "allocatable": {"cpu": "3920m", "memory": "4Gi"},
            "conditions": [{"type": "Ready", "status": str(ready)}, {"type": "DiskPressure", "status": "False"}],
        },
    }


def pod(
    component: str = "", on: str = "", phase: str = "Running", image: str = "x", age_h: int = 0, **spec: Any
) -> dict[str, Any]:
    created = datetime(2026, 8, 1, 12, tzinfo=UTC) - timedelta(hours=age_h)
    return {
        "metadata": {
            "name": component,
            "namespace": "binder",
            "labels": {"component": component},
            "creationTimestamp": created.isoformat().replace("+00:00", "Z"),
        },
        "spec": {"nodeName": on, "containers": [container(cpu="500m", image=image)], **spec},
        "status": {"phase": phase},
    }


def container(cpu: str = "0", image: str = "x", **more: Any) -> dict[str, Any]:
    return {"image": image, "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}, **more}


def test_nodes_are_counted_by_pool_with_what_their_pods_ask_for() -> None:
    nodes = [node("a", "user"), node("b", "core"), node("c", "user", ready=False), node("d")]
    pods = [pod(on="a"), pod(on="b"), pod(on="c"), pod(on="a", phase="Succeeded"), pod(phase="Pending"), pod(on="gone")]
    gib = 2.0**30
    assert count_nodes(nodes, pods) == (
        Nodes(pool="core", count=1, ready=1, cpu=3.92, memory=4 * gib, cpu_requested=0.5, memory_requested=gib),
        Nodes(pool="user", count=2, ready=1, cpu=7.84, memory=8 * gib, cpu_requested=1.0, memory_requested=2 * gib),
        Nodes(pool="other", count=1, ready=1, cpu=3.92, memory=4 * gib, cpu_requested=0.0, memory_requested=0.0),
    )


def test_a_pod_asks_for_what_the_scheduler_counts() -> None:
    sidecar = container("200m", restartPolicy="Always")
    assert requested(pod(), "cpu") == 0.5
    assert requested(pod(initContainers=[container("2")]), "cpu") == 2.0
    assert requested(pod(initContainers=[container("100m"), sidecar]), "cpu") == pytest.approx(0.7)
    assert requested(pod(overhead={"cpu": "250m"}), "cpu") == 0.75
    assert requested({"spec": {"containers": [{}]}}, "memory") == 0


def test_servers_and_builds_that_are_over_do_not_count() -> None:
    pods = [
        pod("singleuser-server", age_h=3),
        pod("singleuser-server", age_h=5, phase="Pending"),
        pod("singleuser-server", age_h=9, phase="Failed"),
        pod("binderhub-build"),
    ]
    assert crowd(pods, "singleuser-server") == Crowd(2, 1, datetime(2026, 8, 1, 7, tzinfo=UTC))
    assert crowd(pods, "binderhub-build").count == 1
    assert crowd([], "binderhub-build") == Crowd(0, 0, None)
    elsewhere = pod("singleuser-server")
    elsewhere["metadata"]["namespace"] = "other-hub"
    assert crowd([elsewhere], "singleuser-server").count == 0


@pytest.fixture
def cluster(serve: Callable[..., str], tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """A kubeconfig of a server with these answers."""

    def make(answers: dict[str, Any]) -> Path:
        address = serve(lambda path, query: answers.get(path, (404, {"message": "no"})))
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": address}}], "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }  # fmt: skip
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(config))
        return file

    return make


ANSWERS: dict[str, Any] = {
    "/version/": (200, {"gitVersion": "v1.34.1"}),
    "/api/v1/nodes": (200, {"items": [node("b", "core")]}),
    "/api/v1/pods": (
        200,
        {"items": [pod("binder", image="quay.io/jupyterhub/k8s-binderhub:1.0.0"),
                   pod("hub", image="localhost:5000/k8s-hub@sha256:00")]},
    ),
}  # fmt: skip
CERTIFICATE = "/apis/cert-manager.io/v1/namespaces/binder/certificates/binder-tls"


def test_versions_are_those_that_run_and_the_certificates_end_is_cert_managers(
    cluster: Callable[[dict[str, Any]], Path],
) -> None:
    ends = {"status": {"notAfter": "2026-10-30T00:00:00Z"}}
    found = census(parse(GKE), cluster({**ANSWERS, CERTIFICATE: (200, ends)}))
    assert found.kubernetes == "v1.34.1"
    assert found.images == {"binder": "1.0.0"}, "a digest alone tells no version"
    assert found.certificate_ends == datetime(2026, 10, 30, tzinfo=UTC)
    assert found.nodes[0].pool == "core"


def own_certificate() -> Settings:
    reference = SecretRef("file", "x")
    return parse(GKE).model_copy(
        update={"tls": OwnCertificate(kind="certificate", certificate=reference, key=reference)}
    )


def test_a_certificate_of_ones_own_says_itself_when_it_ends(cluster: Callable[[dict[str, Any]], Path]) -> None:
    ends = datetime(2031, 1, 2, tzinfo=UTC)
    chain = trustme.CA().issue_cert("example.org", not_after=ends).cert_chain_pems[0].bytes()
    secret = {"data": {"tls.crt": base64.b64encode(chain).decode(), "tls.key": "c2VjcmV0"}}
    found = census(
        own_certificate(), cluster({**ANSWERS, "/api/v1/namespaces/binder/secrets/binder-tls": (200, secret)})
    )
    assert found.certificate_ends == ends
    assert "c2VjcmV0" not in repr(found)


def test_without_a_certificate_there_is_no_end(cluster: Callable[[dict[str, Any]], Path]) -> None:
    assert census(parse(GKE), cluster(ANSWERS)).certificate_ends is None


def test_a_cluster_that_refuses_or_is_not_there_is_silence(
    cluster: Callable[[dict[str, Any]], Path], tmp_path: Path
) -> None:
    refuses = cluster({**ANSWERS, "/api/v1/nodes": (403, {"message": "no"})})
    with pytest.raises(ClusterSilent, match=r"403 Forbidden.*log in"):
        census(parse(GKE), refuses)
    with pytest.raises(ClusterSilent, match="does not answer"):
        census(parse(GKE), tmp_path / "absent")
