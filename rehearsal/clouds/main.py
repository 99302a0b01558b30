"""A simulated cloud as the engine starts it during a rehearsal: one process for each provider of the program."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.operations import Operations, Provider
from binder_deploy.rehearsal.clouds.plugin import Plugin
from binder_deploy.rehearsal.clouds.serve import run
from binder_deploy.rehearsal.environment import MARK
from binder_deploy.rehearsal.record import Record


def main(provider: Callable[[Callable[[], ControlPlane]], Provider]) -> None:
    """Serve until the engine ends. `provider` puts the cloud together, given what its cluster is made of."""
    folder = os.environ.get(MARK)
    if not folder:
        raise SystemExit(f"{MARK} is not set: this simulated cloud runs within a rehearsal; binder-deploy rehearse")
    session = Record.load(Path(folder))

    def control_plane() -> ControlPlane:
        # Imported here: only a program that makes a cluster needs it, and every plugin start would pay for it.
        from binder_deploy.rehearsal.control_plane import ControlPlane as Real

        return Real.open(session.folder)

    cloud = provider(control_plane)
    run(Plugin(Operations(cloud, CloudFile(session.cloud)), version(cloud.package.replace("_", "-"))))
