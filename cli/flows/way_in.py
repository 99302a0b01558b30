"""How one gets into a deployment's cluster, and to its pages; within a moment where this folder knows it already."""

from __future__ import annotations

import os
from pathlib import Path

from binder_deploy.checks.launch.place import binder_url
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.load import load
from binder_deploy.stacks.local_site import FOLDER, work_folder

NOTHING = "nothing is deployed from here; `binder-deploy up` does that"


def way_in(file: Path, observe: Observer) -> Path:
    """The kubeconfig of the cluster; fetched from the state where this folder has none.

    Raises `SettingsError`, `Refused` if there is no cluster, and as `living.known` does.
    """
    settings, folder = load(file), file.resolve().parent
    kubeconfig = folder / FOLDER / "kubeconfig"
    if isinstance(settings.platform, Existing):
        # Here, not above: importing the engine takes a second or two, and most often it is not needed.
        from binder_deploy.cli.flows.existing import bring_kubeconfig

        bring_kubeconfig(settings, folder, work_folder(folder), os.environ)
    elif not kubeconfig.exists():
        from binder_deploy.cli.flows.living import known, lay_way_in

        lay_way_in(known(file, observe))
    if not kubeconfig.exists():
        raise Refused(NOTHING)
    return kubeconfig


def address_of(file: Path, part: str, observe: Observer) -> str:
    """The public address of `binder` or `hub`. Raises `Refused` while it is not known, and as `living.known` does."""
    settings = load(file)
    hosts = settings.address.hosts
    if part == "binder" and (url := binder_url(settings, None)):
        return url
    if part == "hub" and len(hosts) > 1:
        return f"https://{hosts[1]}/"
    from binder_deploy.cli.flows.living import known

    outputs = known(file, observe).outputs
    if outputs is None:
        raise Refused(f"the address is not known yet: {NOTHING}")
    return outputs.hub_url if part == "hub" else outputs.binder_url
