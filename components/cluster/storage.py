"""A StorageClass of our own, named in the values: never the cluster's default, whatever that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.base import Args, inputs
from binder_deploy.components.handles import StorageHandle


@dataclass(frozen=True, kw_only=True)
class StorageArgs(Args):
    """Inputs of `Storage`."""

    storage_class: str
    """Physical name."""
    labels: Mapping[str, str]
    driver: StorageHandle


class Storage(pulumi.ComponentResource):
    """The StorageClass of the hub's database."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:Storage", name, inputs(args), opts)
        storage_class = kubernetes.storage.v1.StorageClass(
            f"{name}-class",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=args.storage_class,
                labels=args.labels,
                annotations={"storageclass.kubernetes.io/is-default-class": "false"},
            ),
            provisioner=args.driver.provisioner,
            parameters=args.driver.parameters,
            # The disk is made where its pod runs, not in whatever zone comes first.
            volume_binding_mode="WaitForFirstConsumer",
            # A disk that outlives its claim is billed and forgotten.
            reclaim_policy="Delete",
            allow_volume_expansion=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.ready = (storage_class,)
        self.register_outputs({"name": storage_class.metadata.name})
