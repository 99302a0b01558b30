"""How one gets into a deployment's cluster, and to its pages; within a moment where this folder knows it already."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from binder_deploy.charts.values.monitoring.credentials import GRAFANA, PASSWORD
from binder_deploy.checks.launch.place import binder_url
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.load import load
from binder_deploy.settings.names import GRAFANA_RELEASE, MONITORING_NAMESPACE
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


def way_to_monitoring(file: Path, observe: Observer) -> tuple[str, ...]:
    """Lines for a shell: Grafana at a port of this machine, and the password of its `admin`, which is not in them.

    Raises as `way_in`, and `Refused` where the settings ask for no monitoring.
    """
    if load(file).monitoring is None:
        raise Refused("there is no monitoring: add `monitoring: {}` to binder.yaml, then `binder-deploy up`")
    kubectl = f"kubectl --kubeconfig {shlex.quote(str(way_in(file, observe)))} -n {MONITORING_NAMESPACE}"
    return (
        "# Grafana, for as long as this runs: http://localhost:3000/",
        f"{kubectl} port-forward service/{GRAFANA_RELEASE} 3000:80",
        "# The password of its user `admin`:",
        f"{kubectl} get secret {GRAFANA} -o go-template='{{{{index .data \"{PASSWORD}\" | base64decode}}}}'",
    )


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
