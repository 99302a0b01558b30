"""Lets the hub forget tokens that a service of it had before."""

from __future__ import annotations

from pathlib import Path

from kubernetes.client import AppsV1Api, CoreV1Api

from binder_deploy.ops.asked import asked
from binder_deploy.ops.backup import hub as hubs
from binder_deploy.ops.backup.pod_exec import Exec, in_pod
from binder_deploy.ops.client import api_client
from binder_deploy.settings.kubeconfig import binder_namespace_in


def take_back(kubeconfig: Path, service: str, token: str, run: Exec | None = None) -> int:
    """Remove every token of the service but this one, which the hub must know already; how many there were.

    `run`: how programs are run in pods, if not by the cluster's own way. Raises `NoHub`, `ClusterSilent`, `ExecFailed`.
    """
    with asked():
        namespace = binder_namespace_in(kubeconfig)
        client = api_client(kubeconfig)
        core = CoreV1Api(client)
        hub, at = hubs.hub(AppsV1Api(client), namespace), hubs.running(core, namespace)
    said = bytearray()
    (run or in_pod(core))(at, "revoke", [hub.database, service], (token.encode(),), said.extend)
    return int(said)
