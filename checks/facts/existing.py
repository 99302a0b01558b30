"""Facts of a cluster that is there before the deployment."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.model import Key
from binder_deploy.settings.planned import Planned


@dataclass(frozen=True)
class Foreign:
    """An object that exists where one of ours is to be made, without our mark."""

    what: Planned
    owner: str
    """What it says of whose it is: `Helm release ingress/nginx`; empty if nothing."""


IN_THE_WAY: Key[tuple[Foreign, ...]] = Key("objects of others where ours are to be made")
