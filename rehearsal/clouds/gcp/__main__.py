"""`pulumi-resource-gcp`, as the engine starts it during a rehearsal."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp.catalogue import gcp
from binder_deploy.rehearsal.clouds.gcp.cluster import ControlPlane
from binder_deploy.rehearsal.clouds.operations import Operations
from binder_deploy.rehearsal.clouds.plugin import Plugin
from binder_deploy.rehearsal.clouds.serve import run
from binder_deploy.rehearsal.environment import MARK
from binder_deploy.rehearsal.record import Record


def main() -> None:
    """Serve until the engine ends."""
    folder = os.environ.get(MARK)
    if not folder:
        raise SystemExit(f"{MARK} is not set: this simulated cloud runs within a rehearsal; binder-deploy rehearse")
    session = Record.load(Path(folder))

    def control_plane() -> ControlPlane:
        # Imported here: only a program that makes a cluster needs it, and every plugin start would pay for it.
        from binder_deploy.rehearsal.control_plane import ControlPlane as Real

        return Real.open(session.folder)

    run(Plugin(Operations(gcp(control_plane), CloudFile(session.cloud)), version("pulumi-gcp")))


if __name__ == "__main__":
    main()
