"""Facts of a service that is in use, and of the machine that this runs on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.checks.facts import living as f
from binder_deploy.checks.facts.deployment import Objects
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.objects import labels
from binder_deploy.checks.rules.releases import minor_of

if TYPE_CHECKING:
    from binder_deploy.checks.probes.kube import Kube

AUTOSCALER_STATUS = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
_COLLECTIONS: Mapping[Key[Objects], str] = {
    f.NODE_STATES: "/api/v1/nodes",
    f.POD_STATES: "/api/v1/pods",
    f.BUDGET_STATES: "/apis/policy/v1/poddisruptionbudgets",
    f.CSI_DRIVERS: "/apis/storage.k8s.io/v1/csidrivers",
    f.VOLUMES: "/api/v1/persistentvolumes",
}
_FIXED_TOKENS = ("CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN", "AWS_SESSION_TOKEN")


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """A probe for each fact that can be asked with what is given."""

    def asked() -> Iterator[tuple[Key[Any], Callable[[], Any]]]:
        yield f.NOW, lambda: datetime.now(UTC)
        yield f.SURROUNDINGS, lambda: surroundings(os.environ)
        if not given.kubeconfig:
            return
        # Here, not above: importing the Kubernetes client takes most of a second.
        from binder_deploy.checks.probes.kube import Kube

        kube = Kube(given.kubeconfig)
        for key, path in _COLLECTIONS.items():
            yield key, partial(kube.items, path)
        yield f.MINORS, lambda: minors(kube)
        yield f.AUTOSCALER, lambda: autoscaler(kube)
        yield f.HUB_CONFIG, lambda: hub_config(kube)

    return {
        key: Probe(collect, "simulated" if given.simulated and key.played else "observed") for key, collect in asked()
    }


def minors(kube: Kube) -> f.Minors:
    """The control plane's, and those of each pool's oldest node."""
    pools: dict[str, int] = {}
    for node in kube.items("/api/v1/nodes"):
        pool = labels(node).get(POOL_LABEL, "other")
        minor = minor_of(str(node["status"]["nodeInfo"]["kubeletVersion"]))
        pools[pool] = min(pools.get(pool, minor), minor)
    return f.Minors(minor_of(str(kube.get("/version")["gitVersion"])), pools)


def surroundings(environ: Mapping[str, str]) -> f.Surroundings:
    """What the environment tells. Only names of variables leave, never what a secret one holds."""
    return f.Surroundings(
        cloud_shell=environ.get("CLOUD_SHELL") == "true" or environ.get("AWS_EXECUTION_ENV") == "CloudShell",
        ci=environ.get("CI", "").lower() in {"true", "1"},
        fixed_token=next((name for name in _FIXED_TOKENS if environ.get(name)), None),
    )


def autoscaler(kube: Kube) -> tuple[f.NodeGroup, ...]:
    """What the cluster autoscaler last wrote. Raises `ApiRefused` if it writes nothing here, `LookupError` if it
    writes in the manner of before Kubernetes 1.30."""
    text = str((kube.get(AUTOSCALER_STATUS).get("data") or {}).get("status", ""))
    status = YAML(typ="safe").load(text) if text.lstrip().startswith(("time:", "autoscalerStatus:")) else None
    if not isinstance(status, dict):
        raise LookupError("the autoscaler's status is not YAML: it is older than Kubernetes 1.30")
    return tuple(_node_group(group) for group in status.get("nodeGroups") or ())


def _node_group(group: Mapping[str, Any]) -> f.NodeGroup:
    up = group.get("scaleUp") or {}
    info = up.get("backoffInfo") or {}
    why = info.get("errorCode") or info.get("errorMessage") or "a scale-up failed"
    return f.NodeGroup(
        name=str(group.get("name", "")).rpartition("/")[2],
        healthy=(group.get("health") or {}).get("status", "Healthy") == "Healthy",
        backing_off=str(why) if up.get("status") == "Backoff" else "",
    )


def hub_config(kube: Kube) -> f.HubConfig:
    """What the chart handed to JupyterHub, without anything secret. Raises `LookupError` if there is nothing."""
    from binder_deploy.checks.probes.service import secret

    values: Mapping[str, Any] = YAML(typ="safe").load(secret(kube, "hub")["values.yaml"]) or {}
    hub, cull = values.get("hub") or {}, values.get("cull") or {}
    config: Mapping[str, Mapping[str, Any]] = {k: v for k, v in (hub.get("config") or {}).items() if _is_mapping(v)}
    spawner, memory = config.get("BinderSpawner", {}), (values.get("singleuser") or {}).get("memory") or {}
    binder = (hub.get("services") or {}).get("binder") or {}
    scopes = ((hub.get("loadRoles") or {}).get("user") or {}).get("scopes") or ()
    return f.HubConfig(
        culling=f.Culling(
            enabled=bool(cull.get("enabled", True)),
            users=bool(cull.get("users", False)),
            timeout_s=int(cull.get("timeout", 3600)),
            every_s=int(cull.get("every", 600)),
            max_age_s=int(cull.get("maxAge", 0)),
        ),
        memory_guarantee=str(memory.get("guarantee") or ""),
        memory_limit=str(memory.get("limit") or ""),
        cors=str(spawner.get("cors_allow_origin") or ""),
        auth=bool(spawner.get("auth_enabled")),
        authenticator=str(config.get("JupyterHub", {}).get("authenticator_class") or "dummy"),
        lets_in=any(_lets_in(trait, value) for traits in config.values() for trait, value in traits.items()),
        callbacks=tuple(str(t["oauth_callback_url"]) for t in config.values() if t.get("oauth_callback_url")),
        redirect=str(binder.get("oauth_redirect_uri") or ""),
        opens_binder=any(str(scope).startswith("access:services") for scope in scopes),
    )


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _lets_in(trait: str, value: object) -> bool:
    """`allow_all`, `allowed_users`, `allowed_organizations`, `admin_users`, … with something in it."""
    return bool(value) and (trait == "allow_all" or trait.startswith(("allowed_", "admin_users", "admin_groups")))
