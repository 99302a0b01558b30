"""What components hand each other: values, and the resources that stand behind them.

`ready` is what must exist before whoever uses the handle, and outlive it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi import Input, Output, Resource


@dataclass(frozen=True, kw_only=True)
class NetworkHandle:
    """Where a cluster's nodes live: ours, or the institution's."""

    network: Input[str]
    """Id or name of the VPC."""
    subnetwork: Input[str]
    pods_range: Input[str]
    """Name of the subnetwork's secondary range for pods."""
    services_range: Input[str]
    """Name of the subnetwork's secondary range for services."""
    ready: tuple[Resource, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClusterHandle:
    """A cluster, and how to reach it."""

    name: Output[str]
    location: Output[str]
    endpoint: Output[str]
    """Host, or host and port, without a scheme."""
    ca: Output[str]
    """The cluster's own certificate authority: PEM in base64."""
    kubeconfig: Output[str]
    """YAML; holds no secret. Of a cluster that was there already: the path of a file, which may hold some."""
    identity: Output[str]
    """Changes when the cluster is another one, and not when only its kubeconfig is."""
    ready: tuple[Resource, ...] = ()
    """The node pools: what runs in the cluster needs them, and must be gone before they go."""


@dataclass(frozen=True, kw_only=True)
class AccountHandle:
    """Who the nodes are, for the cloud."""

    email: Output[str]
    ready: tuple[Resource, ...] = ()
    """The account's rights: without them a node joins but can neither log nor pull."""


@dataclass(frozen=True, kw_only=True)
class RegistryHandle:
    """Where built images go."""

    repository: Output[str]
    """Name of the repository."""
    location: Input[str]
    ready: tuple[Resource, ...] = ()
    """The right to push: without it the first build fails at its last step."""


@dataclass(frozen=True, kw_only=True)
class AddressHandle:
    """The reserved public address."""

    name: Output[str]
    ip: Output[str]


@dataclass(frozen=True, kw_only=True)
class StorageHandle:
    """How a platform makes disks."""

    provisioner: str
    parameters: Mapping[str, str] = field(default_factory=dict)
