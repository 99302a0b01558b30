"""What a platform's wiring hands to the platform-free part of the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input, Output

from binder_deploy.components.handles import AddressHandle, ClusterHandle, RegistryHandle, StorageHandle


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A cluster with what the service needs around it."""

    cluster: ClusterHandle
    registry: RegistryHandle
    address: AddressHandle
    storage: StorageHandle
    entry_annotations: Mapping[str, Input[str]]
    """On the LoadBalancer Service: how this platform gives it the reserved address."""
    registry_key: Output[str] | None = None
    """The push account's key, where pushing goes by key."""
