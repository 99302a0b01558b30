"""Runs every controller of one rehearsal in one process: `python -m binder_deploy.rehearsal.controllers.gke FOLDER`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.control_plane import ControlPlane
from binder_deploy.rehearsal.controllers.api import Api
from binder_deploy.rehearsal.controllers.scene import Scene, log
from binder_deploy.rehearsal.controllers.world import World
from binder_deploy.rehearsal.record import Record

Reconcile = Callable[[Scene], bool]
"""One round of a controller: whether all of it went well."""
LOOK = 0.25
"""Seconds between looks at the cloud file, which tells nobody that it has changed."""
SETTLE = 0.05
"""Seconds to let the rest of a burst of changes arrive."""
AGAIN = 1.0
"""Seconds until a round that did not go well is repeated though nothing has changed."""


def run(folder: Path, stop: threading.Event, cluster: str, reconciles: Sequence[Reconcile]) -> None:
    """Until `stop`: while there is a cluster in the cloud and its control plane is up, keep both in step."""
    record, plane = Record.load(folder), ControlPlane.open(folder)
    cloud = CloudFile(record.cloud)
    while not stop.is_set():
        endpoint = plane.endpoint()
        if endpoint is None or not cloud.read().of_type(cluster):
            stop.wait(LOOK)
            continue
        log.info("cluster at %s", endpoint.host)
        try:
            world = World(Api.of(plane.kubeconfig))
        except FileNotFoundError:  # it was stopped this very moment
            continue
        serve(Scene(world, cloud, folder / "failures.jsonl"), plane, stop, cluster, reconciles)
        # The cluster is gone. What was made for it stays in the cloud: nobody is left to remove it.
        log.info("cluster at %s is gone", endpoint.host)
        world.close()


def serve(
    scene: Scene, plane: ControlPlane, stop: threading.Event, cluster: str, reconciles: Sequence[Reconcile]
) -> None:
    """Reconcile while this cluster lives."""
    endpoint, seen, well, due = plane.endpoint(), (0, 0), True, 0.0
    while not stop.is_set():
        changed = scene.world.changed.wait(LOOK)
        if plane.endpoint() != endpoint or not scene.cloud.read().of_type(cluster):
            return
        now = _version(scene.cloud.path)
        again = not well and time.monotonic() >= due
        if not scene.world.known() or not (changed or now != seen or again):
            continue
        stop.wait(SETTLE)
        scene.world.changed.clear()
        seen = now
        # A list: one controller's failure must not keep the others from their round.
        well = all([scene.attempt(reconcile.__module__, reconcile) for reconcile in reconciles])  # noqa: C419
        due = time.monotonic() + AGAIN


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_ino)


def main(cluster: str, *reconciles: Reconcile) -> int:
    """The process, for a cloud whose clusters' records are of this type. Ends on SIGTERM."""
    folder = Path(sys.argv[1])
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    logging.basicConfig(
        filename=logs / "controllers.log", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    # A line for each request would be all that the log has.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the session, which ends us when the engine is done
    run(folder, stop, cluster, reconciles)
    return 0
