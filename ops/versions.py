"""Which versions of Kubernetes a living cluster runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kubernetes.client import CoreV1Api, VersionApi

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.ops.asked import asked
from binder_deploy.ops.client import api_client, got, listed


def versions(kubeconfig: Path, order: Callable[[str], int]) -> tuple[str, dict[str, str]]:
    """The control plane's, and that of each pool's oldest node by `order`; a pool without nodes is not in it.

    Raises `ClusterSilent`.
    """
    with asked():
        api = api_client(kubeconfig)
        server = str(got(VersionApi(api).get_code)["gitVersion"])
        nodes = listed(CoreV1Api(api).list_node)
    pools: dict[str, str] = {}
    for node in nodes:
        pool = str((node["metadata"].get("labels") or {}).get(POOL_LABEL, "other"))
        version = str(node["status"]["nodeInfo"]["kubeletVersion"])
        pools[pool] = min(pools.get(pool, version), version, key=order)
    return server, pools
