"""Looks at a cluster that is not ours before anything is made there: what it has is used, not installed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes.client import (
    ApiClient,
    ApiextensionsV1Api,
    ApisApi,
    AppsV1Api,
    CoreV1Api,
    NetworkingV1Api,
    StorageV1Api,
)
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.client import api_client, listed
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import CERT_MANAGER_NAMESPACE, CERT_MANAGER_RELEASE
from binder_deploy.settings.surroundings import Surroundings

_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_DEFAULT_DISKS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
"""Kubernetes reads both, and minikube writes the older one."""
_CERT_MANAGER = "cert-manager.io"
_CERTIFICATES = f"certificates.{_CERT_MANAGER}"


class NotReached(Exception):
    """The cluster of `platform.context` does not answer."""


class NotLetIn(Exception):
    """The cluster of `platform.context` answers, and refuses."""


def identity(kubeconfig: Path) -> str:
    """UID of the cluster's `kube-system`. Raises `NotReached`, `NotLetIn`."""
    with _reached():
        return _identity(api_client(kubeconfig))


def look(settings: Settings, kubeconfig: Path) -> Surroundings:
    """What is there. Raises `NotReached`, `NotLetIn`, and `SettingsError` for a choice that only a person can make."""
    with _reached():
        api = api_client(kubeconfig)
        return Surroundings(
            cluster=_identity(api),
            ingress_class=_ingress_class(settings, api),
            cert_manager=_cert_manager(settings, api),
            storage_class=_storage_class(settings, api),
        )


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        raise NotLetIn(
            f"platform.context: the cluster refuses ({error.status} {error.reason}); log in to it again, or ask for "
            "the right to read its classes and workloads"
        ) from None
    except (HTTPError, ConfigException, OSError) as error:
        raise NotReached(
            f"platform.context: the cluster does not answer ({type(error).__name__}); see that it runs and that this "
            "machine reaches it: `kubectl get nodes`"
        ) from None


def _identity(api: ApiClient) -> str:
    found = listed(CoreV1Api(api).list_namespace, field_selector="metadata.name=kube-system")
    return str(found[0]["metadata"]["uid"])


def _ingress_class(settings: Settings, api: ApiClient) -> str | None:
    chosen = narrowed(settings.platform, Existing).ingress_class
    classes = listed(NetworkingV1Api(api).list_ingress_class)
    names = sorted(map(_name, classes))
    if chosen is not None:
        return _one_of(names, chosen, "platform.ingress_class", "IngressClass")
    default = [_name(c) for c in classes if _annotations(c).get(_DEFAULT_CLASS) == "true"]
    if len(default) == 1:
        return default[0]
    if len(names) > 1:
        raise SettingsError.one(
            "platform.ingress_class",
            f"the cluster has {len(names)} ingress classes, and {'no' if not default else 'more than one'} default",
            f"write one of {', '.join(names)}",
        )
    return names[0] if names else None


def _cert_manager(settings: Settings, api: ApiClient) -> bool:
    """Whether it runs. Its kinds alone do not make certificates."""
    groups = {group.name for group in ApisApi(api).get_api_versions(_request_timeout=10).groups}
    if _CERT_MANAGER not in groups:
        return False
    deployments = listed(AppsV1Api(api).list_deployment_for_all_namespaces, label_selector="app=cert-manager")
    if deployments:
        return True
    if narrowed(settings.platform, Existing).cert_manager == "auto" and not _left_by_us(api):
        raise SettingsError.one(
            "platform.cert_manager",
            "the cluster has cert-manager's kinds, but none that runs could be found",
            "write `use` if it runs under a name of its own; else remove its custom resource definitions, which takes "
            "every certificate in the cluster with them",
        )
    return False


def _left_by_us(api: ApiClient) -> bool:
    """A removal leaves the definitions, in case that somebody else has come to use them; Helm takes them over again."""
    named = f"metadata.name={_CERTIFICATES}"
    (found,) = listed(ApiextensionsV1Api(api).list_custom_resource_definition, field_selector=named)
    noted = _annotations(found)
    owner = (noted.get("meta.helm.sh/release-namespace"), noted.get("meta.helm.sh/release-name"))
    return owner == (CERT_MANAGER_NAMESPACE, CERT_MANAGER_RELEASE)


def _storage_class(settings: Settings, api: ApiClient) -> str | None:
    classes = listed(StorageV1Api(api).list_storage_class)
    names = sorted(map(_name, classes))
    default = sorted(_name(c) for c in classes if "true" in map(_annotations(c).get, _DEFAULT_DISKS))
    if settings.hub.storage_class is not None:
        _one_of(names, settings.hub.storage_class, "hub.storage_class", "StorageClass")
    elif len(default) != 1:
        raise SettingsError.one(
            "hub.storage_class",
            f"{len(default) or 'none'} of the cluster's storage classes is the default, so the hub's disk needs a name",
            f"write one of {', '.join(names)}" if names else "install a storage provisioner first: there is no class",
        )
    return default[0] if len(default) == 1 else None


def _one_of(names: list[str], chosen: str, path: str, kind: str) -> str:
    if chosen not in names:
        raise SettingsError.one(
            path, f"the cluster has no {kind} of that name", f"write one of {', '.join(names)}" if names else ""
        )
    return chosen


def _name(body: dict[str, Any]) -> str:
    return str(body["metadata"]["name"])


def _annotations(body: dict[str, Any]) -> dict[str, str]:
    return body["metadata"].get("annotations") or {}
