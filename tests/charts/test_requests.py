from __future__ import annotations

from collections.abc import Callable

import pytest

from binder_deploy.charts.requests import SYSTEM_ON_A_NODE, SYSTEM_ONCE, Request, requests
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.quantities import jupyterhub_bytes, jupyterhub_memory, number
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
from binder_deploy.settings.model import Settings


@pytest.fixture
def asked(
    make_settings: Callable[..., Settings], secrets: ServiceSecrets, versions: dict[str, str]
) -> dict[str, Request]:
    settings = make_settings()
    values = (
        binder_service(settings, secrets, versions, {}),
        traefik(settings, "41.3.0"),
        cert_manager(settings, "v1.21.1"),
    )
    return {r.pod: r for r in requests(*values)}


def test_requests_follow_the_settings(asked: dict[str, Request]) -> None:
    assert asked["server"] == Request("server", "user", 0.1, 2**30, count="on-demand")
    assert asked["dind (builder)"] == Request("dind (builder)", "build", 0.5, 2 * 2**30, count="per-node")
    assert asked["build"] == Request("build", "build", 0.1, 256 * 2**20, count="on-demand")


def test_the_core_pool_holds_the_service_and_what_the_cluster_itself_needs(asked: dict[str, Request]) -> None:
    core = {pod for pod, r in asked.items() if r.pool == "core"}
    assert core == {
        "binder", "hub", "proxy", "user-scheduler", "traefik", "cert-manager", "cert-manager-webhook",
        "cert-manager-cainjector", SYSTEM_ON_A_NODE.pod, SYSTEM_ONCE.pod,
    }  # fmt: skip


def test_the_service_fits_on_one_node_of_the_default_core_pool(asked: dict[str, Request]) -> None:
    fixed = [r for r in asked.values() if r.pool == "core"]
    # An e2-standard-4 has 3.92 cores and some 13 GiB for pods.
    assert sum(r.cpu * r.replicas for r in fixed) < 3.92
    assert sum(r.memory * r.replicas for r in fixed) < 12.5 * 2**30


@pytest.mark.parametrize(
    ("quantity", "for_jupyterhub"),
    [("2Gi", "2G"), ("512Mi", "512M"), ("1536Mi", "1536M"), ("1500M", "1464844K"), ("1G", "976563K"), ("1Ti", "1T")],
)
def test_memory_keeps_its_size_in_jupyterhubs_notation(quantity: str, for_jupyterhub: str) -> None:
    assert jupyterhub_memory(quantity) == for_jupyterhub
    assert 0 <= jupyterhub_bytes(for_jupyterhub) - number(quantity) < 1024


def test_quantities_are_read_as_kubernetes_reads_them() -> None:
    assert (number("100m"), number("1.5"), number(2), number("1Ki"), number("1k")) == (0.1, 1.5, 2.0, 1024.0, 1000.0)
    with pytest.raises(ValueError, match="not a quantity"):
        number("lots")
