"""What a platform's wiring hands to the platform-free part of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pulumi import Input, Output, Resource, ResourceOptions

from binder_deploy.components.handles import AddressHandle, ClusterHandle, StorageHandle


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A cluster with what the service needs around it."""

    cluster: ClusterHandle
    address: AddressHandle
    storage: StorageHandle | None
    """How our own disks are made; None: the cluster's classes serve."""
    entry_annotations: Mapping[str, Input[str]]
    """On the LoadBalancer Service: how this platform gives it the reserved address."""
    images_ready: Sequence[Resource] = ()
    """The right to push: without it the first build fails at its last step."""
    load_balancer_class: str | None = None
    """Of that Service; None: the cluster's usual one."""
    registry_key: Output[str] | None = None
    """The push account's key, where pushing goes by key."""
    load_balancer_ip: str | None = None
    """Asked for on that Service, where an address is given by its number."""
    address_known: bool = True
    """False: `address` is empty, and the Service's own is learnt when there is one."""
    inside: Callable[[ResourceOptions], Sequence[Resource]] = lambda opts: ()
    """Installs what this platform itself needs in the cluster (load balancer controller, autoscaler, …), with the
    cluster's provider in `opts`; everything else comes after what it returns, and goes before it."""
