"""The program's part in a cluster that is there already: nothing is made around it, only the way in is handed on."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from binder_deploy.components.handles import AddressHandle, ClusterHandle
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.surroundings import Surroundings
from binder_deploy.stacks.platform import Platform


@dataclass(frozen=True)
class There:
    """A cluster that is there already."""

    found: Surroundings
    kubeconfig: str
    """Path of a kubeconfig with this one context, from the folder where plugins are started."""


def existing(settings: Settings, there: There) -> Platform:
    """Of settings that are settled (`settings.surroundings`).

    The kubeconfig goes by its path: it may hold keys and tokens, which have no place in a state, and a token that was
    renewed changes nothing.
    """
    platform = narrowed(settings.platform, Existing)
    unknown = pulumi.Output.from_input("")
    address = str(platform.address) if platform.address else ""
    return Platform(
        cluster=ClusterHandle(
            name=pulumi.Output.from_input(platform.context),
            location=unknown,
            endpoint=unknown,
            ca=unknown,
            kubeconfig=pulumi.Output.from_input(there.kubeconfig),
            identity=pulumi.Output.from_input(there.found.cluster),
        ),
        address=AddressHandle(name=unknown, ip=pulumi.Output.from_input(address)),
        storage=None,
        entry_annotations={},
        load_balancer_ip=address or None,
        address_known=bool(address),
    )
