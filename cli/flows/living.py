"""Finds a deployment that somebody wants to look at, with as little as that takes, and without changing it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binder_deploy.cli.flows.acquire import get_tools
from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.existing import bring_kubeconfig, recorded
from binder_deploy.cli.flows.state_site import Place, place_of, refuse_forgotten
from binder_deploy.ops.kubeconfig import write
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.settings.staged import arrived
from binder_deploy.settings.surroundings import settled
from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.ledger import certified_in, recall
from binder_deploy.stacks.local_site import FOLDER, work_folder
from binder_deploy.stacks.teardown import kubeconfig as recorded_kubeconfig


@dataclass(frozen=True)
class Known:
    """A deployment as its settings and its state tell it; the passphrase is not needed for that."""

    settings: Settings
    folder: Path
    place: Place | None
    """Where the state is; None: nobody ever worked in this folder, so nothing was looked for."""

    @property
    def resources(self) -> Sequence[Mapping[str, Any]]:
        """What the state has, secrets encrypted."""
        return self.place.stored.resources if self.place and self.place.stored else ()

    @property
    def deployed(self) -> bool:
        """Whether anything exists that the state knows of."""
        return bool(self.place and self.place.stored and self.place.stored.count)

    @property
    def outputs(self) -> Outputs | None:
        """What the deployment hands out; None until it was complete once."""
        for resource in self.resources:
            if resource["type"] == "pulumi:pulumi:Stack":
                try:
                    return Outputs.of(resource.get("outputs") or {})
                except KeyError:
                    return None
        return None


def known(file: Path, observe: Observer) -> Known:
    """Look at the state. Raises `SettingsError`, `Refused`, `BucketError`, `StateOutOfReach`."""
    settings, folder = load(file), file.resolve().parent
    if settings.state.kind == "local" and not (folder / FOLDER).exists():
        return Known(settings, folder, None)
    tools = get_tools(observe, rehearsal=False)
    place = place_of(settings.state, settings, folder, tools)
    refuse_forgotten(place, settings, folder, tools)
    certified = certified_in(place.stored.resources) if place.stored else None
    return Known(arrived(settings, certified), folder, place)


def lay_way_in(found: Known) -> None:
    """Write the kubeconfig where it belongs, if there is a cluster; as the state or, for one that was there before,
    the settings have it. Raises `SettingsError`."""
    if isinstance(found.settings.platform, Existing):
        bring_kubeconfig(found.settings, found.folder, work_folder(found.folder), os.environ)
    elif text := recorded_kubeconfig(found.resources):
        write(work_folder(found.folder) / "kubeconfig", text)


def settled_settings(found: Known) -> Settings:
    """The settings with the choices that were left to a cluster that is not ours, as they were made at the first `up`.

    Raises `Refused`, `NotReached`, `NotLetIn`, `PassphraseLost`.
    """
    if not isinstance(found.settings.platform, Existing) or found.place is None:
        return found.settings
    engine = Engine(found.place.open(), found.settings.name, lambda: None)
    recall(engine)
    return settled(found.settings, recorded(engine, found.folder / FOLDER / "kubeconfig"))
