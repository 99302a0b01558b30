"""Facts of the Binder service itself. Secrets are looked at here and never leave: only their shape does."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from binder_deploy.checks.facts.deployment import BinderConfig, SecretShape
from binder_deploy.checks.probes.kube import Kube

_HUB_KEYS = (
    "hub.services.binder.apiToken",
    "hub.config.ConfigurableHTTPProxy.auth_token",
    "hub.config.JupyterHub.cookie_secret",
    "hub.config.CryptKeeper.keys",
)
_NEEDED = (
    ("create", "pods"),
    ("get", "pods"),
    ("list", "pods"),
    ("watch", "pods"),
    ("delete", "pods"),
    ("get", "pods/log"),
)


def hub_secrets(kube: Kube) -> tuple[SecretShape, ...]:
    """Shapes of the hub's keys; keys that are not there are left out."""
    data = secret(kube, "hub")
    values = {name: data[name] for name in _HUB_KEYS if name in data}
    groups = {value: number for number, value in enumerate(dict.fromkeys(values.values()))}
    return tuple(
        # CryptKeeper takes several keys, separated by semicolons: the newest first, older ones to decrypt with.
        SecretShape(name, all(re.fullmatch("[0-9a-fA-F]{64}", part) for part in value.split(";")), groups[value])
        for name, value in values.items()
    )


def binder_config(kube: Kube) -> BinderConfig:
    """What the chart handed to BinderHub, without anything secret. Raises `LookupError` if there is nothing."""
    data = secret(kube, "binder-secret")
    if "values.yaml" not in data:
        raise LookupError(f"Secret {kube.binder}/binder-secret has no values.yaml")
    values: Mapping[str, Any] = YAML(typ="safe").load(data["values.yaml"]) or {}
    config = (values.get("config") or {}).get("BinderHub") or {}
    return BinderConfig(
        hub_url=config.get("hub_url"),
        image_prefix=config.get("image_prefix"),
        builder=values.get("imageBuilderType"),
        hub_url_local=config.get("hub_url_local"),
        build_nodes=config.get("build_node_selector"),
        cors=str(config.get("cors_allow_origin") or ""),
        auth=bool(config.get("auth_enabled")),
    )


def access(kube: Kube) -> dict[str, bool]:
    """What BinderHub's service account may do with pods in its namespace, as the API server judges it."""
    account = f"system:serviceaccount:{kube.binder}:binderhub"
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{kube.binder}", "system:authenticated")
    return {f"{verb} {resource}": kube.may(account, groups, verb, resource, kube.binder) for verb, resource in _NEEDED}


def secret(kube: Kube, name: str) -> dict[str, str]:
    """The content of a Secret in the Binder's namespace: for probes, which let nothing secret of it out."""
    found = kube.get(f"/api/v1/namespaces/{kube.binder}/secrets/{name}")
    return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}
