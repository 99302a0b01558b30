"""The sweep in a cluster that stays: what of a deployment still exists there after `down`.

Ours is what carries our label, and what Helm notes as part of a release of ours. Definitions of kinds (CRDs) stay on
purpose: with them everybody's objects of that kind would go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kubernetes.client import (
    AdmissionregistrationV1Api,
    ApiClient,
    CoreV1Api,
    CustomObjectsApi,
    NetworkingV1Api,
    RbacAuthorizationV1Api,
    SchedulingV1Api,
    StorageV1Api,
)
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.client import api_client, listed
from binder_deploy.settings.choices import our_namespaces, our_releases
from binder_deploy.settings.leftovers import Leftover, Sweep, Unasked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL

Body = Mapping[str, Any]
Listing = Callable[..., Any]


def sweep(settings: Settings, kubeconfig: Path) -> Sweep:
    """Everything of this deployment that still exists in the cluster, and every kind that could not be asked.

    `settings` are settled: a cert-manager that was there before is not ours.
    """
    api = api_client(kubeconfig)
    found: list[Leftover] = []
    unasked: list[Unasked] = []
    for kind, listing in _kinds(api).items():
        try:
            found += _ours(settings, kind, listed(listing))
        except ApiException as error:
            if error.status != 404:  # a kind that is not there has no objects
                unasked.append(Unasked(kind, f"{error.status} {error.reason}"))
        except HTTPError as error:
            unasked.append(Unasked(kind, type(error).__name__))
    return Sweep(tuple(found), tuple(unasked))


def _kinds(api: ApiClient) -> dict[str, Listing]:
    """Kind → how all of its objects are listed."""
    core, rbac, hooks = CoreV1Api(api), RbacAuthorizationV1Api(api), AdmissionregistrationV1Api(api)
    custom = CustomObjectsApi(api)

    def issuers(**options: Any) -> Any:
        return custom.list_cluster_custom_object("cert-manager.io", "v1", "clusterissuers", **options)

    return {
        "Namespace": core.list_namespace,
        "Service": core.list_service_for_all_namespaces,
        "PersistentVolume": core.list_persistent_volume,
        "StorageClass": StorageV1Api(api).list_storage_class,
        "IngressClass": NetworkingV1Api(api).list_ingress_class,
        "PriorityClass": SchedulingV1Api(api).list_priority_class,
        "ClusterRole": rbac.list_cluster_role,
        "ClusterRoleBinding": rbac.list_cluster_role_binding,
        "ValidatingWebhookConfiguration": hooks.list_validating_webhook_configuration,
        "MutatingWebhookConfiguration": hooks.list_mutating_webhook_configuration,
        "ClusterIssuer": issuers,
    }


def _ours(settings: Settings, kind: str, objects: list[dict[str, Any]]) -> Iterator[Leftover]:
    for body in objects:
        if reason := _reason(settings, body):
            metadata = body["metadata"]
            where = f"-n {metadata['namespace']} " if metadata.get("namespace") else ""
            name = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
            yield Leftover(kind, name, reason, f"kubectl {where}delete {kind.lower()} {metadata['name']}")


def _reason(settings: Settings, body: Body) -> str:
    """Why it is ours, or nothing."""
    metadata = body["metadata"]
    if (metadata.get("labels") or {}).get(OWNER_LABEL) == settings.name:
        return f"label {OWNER_LABEL}={settings.name}"
    noted = metadata.get("annotations") or {}
    release = (noted.get("meta.helm.sh/release-namespace"), noted.get("meta.helm.sh/release-name"))
    if release in our_releases(settings):
        return f"part of the Helm release {release[0]}/{release[1]}"
    claim = (body.get("spec") or {}).get("claimRef") or {}
    if claim.get("kind", "PersistentVolumeClaim") == "PersistentVolumeClaim" and claim.get(
        "namespace"
    ) in our_namespaces(settings):
        return f"disk of claim {claim['namespace']}/{claim.get('name')}"
    return ""
