"""The facts that rules rest on: their keys and their shapes.

Cluster objects are plain dicts as the API server sends them, all objects of one kind in one fact. Where a
rehearsal plays only part of an object (its status), the same list stands under two keys: a rule that reads
the status declares the played one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from binder_deploy.charts.requests import Request
from binder_deploy.checks.model import Key
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.model import Settings

Object: TypeAlias = Mapping[str, Any]
Objects: TypeAlias = tuple[Object, ...]


@dataclass(frozen=True)
class Capacity:
    """What one empty node has for pods, after the system's own share."""

    cpu: float
    """Cores."""
    memory: float
    """Bytes."""
    pods: int


@dataclass(frozen=True)
class Referents:
    """What a pod may refer to by name: `(namespace, name)` of everything that exists. No content is read."""

    secrets: frozenset[tuple[str, str]]
    config_maps: frozenset[tuple[str, str]]
    service_accounts: frozenset[tuple[str, str]]
    claims: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class SecretShape:
    """What may be told of a secret: never the value."""

    name: str
    hex64: bool
    """64 hexadecimal digits, nothing before or after."""
    group: int
    """Two shapes with the same number have the same value."""


@dataclass(frozen=True)
class BinderConfig:
    """The public part of what BinderHub was given; `None` where it was given nothing."""

    hub_url: str | None
    image_prefix: str | None
    builder: str | None
    """`host`, `dind` or `pink`."""
    hub_url_local: str | None = None
    """Where BinderHub itself finds the hub."""
    build_nodes: Mapping[str, str] | None = None
    """Node selector of builds."""
    cors: str = ""
    """Whose pages may ask for launches (an origin, `*`), or nothing."""
    auth: bool = False
    """Whether people must log in."""


SETTINGS: Key[Settings] = Key("settings")
CAPACITIES: Key[Mapping[str, Capacity]] = Key("capacity of a node, by pool")
REQUESTS: Key[tuple[Request, ...]] = Key("requests of the charts")
TOOLS: Key[Mapping[str, str | None]] = Key("tools")
"""Pinned tool → where it is, or `None` if it is missing."""
AUTH_HELPER: Key[str | None] = Key("the cloud's login helper", played=True)
"""Where `gke-gcloud-auth-plugin` or `aws` is, or `None`. A rehearsal brings one of its own."""
CHART_VERSIONS: Key[Mapping[str, str]] = Key("versions of the charts")
"""Chart, vendored ones too → version."""
CHART_KUBE_VERSIONS: Key[Mapping[str, str]] = Key("Kubernetes versions that the charts accept")
"""Chart → `kubeVersion` of its Chart.yaml."""
ADDRESS: Key[str] = Key("reserved address")

KUBE_VERSION: Key[str] = Key("Kubernetes version")
NODES: Key[Objects] = Key("nodes")
PODS: Key[Objects] = Key("pods")
WORKLOADS: Key[Objects] = Key("workloads")
"""Deployments, StatefulSets, DaemonSets, Jobs and CronJobs; `kind` is filled in."""
ROLLOUTS: Key[Objects] = Key("state of the workloads", played=True)
REFERENTS: Key[Referents] = Key("secrets, config maps, service accounts, claims")
STORAGE_CLASSES: Key[Objects] = Key("storage classes")
CLAIMS: Key[Objects] = Key("volume claims")
CLAIM_PHASES: Key[Objects] = Key("state of the volume claims", played=True)
SERVICES: Key[Objects] = Key("services")
SERVICE_ADDRESSES: Key[Objects] = Key("addresses of the services", played=True)
INGRESSES: Key[Objects] = Key("ingresses")
INGRESS_CLASSES: Key[Objects] = Key("ingress classes")
ISSUERS: Key[Objects] = Key("state of the certificate issuers", played=True)
CERTIFICATES: Key[Objects] = Key("certificates")
CERTIFICATE_STATES: Key[Objects] = Key("state of the certificates", played=True)
HUB_SECRETS: Key[tuple[SecretShape, ...]] = Key("shape of the hub's secrets")
BINDER_CONFIG: Key[BinderConfig] = Key("configuration of BinderHub")
BINDER_ACCESS: Key[Mapping[str, bool]] = Key("rights of BinderHub")
"""`create pods`, `get pods/log`, … → whether the API server allows it."""

LEFTOVERS: Key[Sweep] = Key("leftovers")
