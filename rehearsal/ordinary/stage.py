"""Sets the stage for a deployment into a cluster that is there already."""

from __future__ import annotations

from functools import partial

from binder_deploy.rehearsal.ordinary.furniture import furnish
from binder_deploy.rehearsal.session import Session
from binder_deploy.settings.model import Settings

CLUSTER = "ordinary/cluster"
"""Type of its record: no cloud made it, and none removes it."""


def set_stage(session: Session, settings: Settings) -> None:
    """Start the cluster and its controllers. Raises `ControlPlaneError`, `NotPlayable`."""
    session.control_plane.start(partial(furnish, settings=settings))
    with session.cloud.transaction() as cloud:
        cloud.add(CLUSTER, CLUSTER, {}, {"name": "rehearsal"}, owner="given")
    session.start_controllers("ordinary")
