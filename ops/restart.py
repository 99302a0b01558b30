"""Starts a part of the service anew, for what its chart does not see: values that a pod reads once, from a Secret."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kubernetes.client import AppsV1Api

from binder_deploy.ops.asked import asked
from binder_deploy.ops.client import api_client
from binder_deploy.ops.rollout import await_rolled_out
from binder_deploy.settings.kubeconfig import binder_namespace_in

ANNOTATION = "binder-deploy/restarted"
PATIENCE_S = 600.0


class NotRestarted(Exception):
    """Its new pods do not come up; the old ones may answer yet."""


def restart(kubeconfig: Path, name: str, timeout_s: float = PATIENCE_S) -> None:
    """Let a Deployment make new pods, and wait until no old one is left. Raises `ClusterSilent`, `NotRestarted`."""
    patch = {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: datetime.now(UTC).isoformat()}}}}}
    with asked():
        api = AppsV1Api(api_client(kubeconfig))
        api.patch_namespaced_deployment(name, binder_namespace_in(kubeconfig), patch)
    if late := await_rolled_out(kubeconfig, timeout_s, (name,)):
        raise NotRestarted("; ".join(late))
