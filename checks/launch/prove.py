"""The whole proof: launch a repository, run a cell in its server, stop the server."""

from __future__ import annotations

import threading

from binder_deploy.checks.launch.follow import launch
from binder_deploy.checks.launch.kernel import run_cell
from binder_deploy.checks.launch.model import (
    Failure,
    LaunchFailed,
    Observer,
    Proof,
    Request,
    Server,
    Unstopped,
)
from binder_deploy.checks.launch.server import reach, stop
from binder_deploy.checks.launch.stages import Stages


def prove(request: Request, observe: Observer, *, keep: bool = False, cancel: threading.Event | None = None) -> Proof:
    """Carry it out. The server is stopped whatever way this ends; with `keep`, it is left if all went well.

    `observe` gets what `launch` tells. Raises `Cancelled` alone: everything else is told in the proof.
    """
    stages = Stages(observe)
    try:
        launched = launch(request, observe, stages=stages, cancel=cancel)
    except LaunchFailed as error:
        return Proof(tuple(stages.done), stages.log, failure=error.failure)
    cell, failure, unstopped, kept = None, None, None, False
    server = launched.server
    try:
        stages.enter("server")
        server = reach(request, server)
        stages.enter("cell")
        cell = run_cell(request, server)
        stages.end()
        kept = keep
    except LaunchFailed as error:
        failure = error.failure
    finally:
        stages.end(ok=False)
        if not kept:
            unstopped = _stopped(request, server, stages, observe)
    return Proof(
        tuple(stages.done),
        stages.log,
        ready=True,
        image=launched.image,
        cell=cell,
        failure=failure,
        unstopped=unstopped,
        server=server if kept else None,
    )


def _stopped(request: Request, server: Server, stages: Stages, observe: Observer) -> Failure | None:
    stages.enter("stop")
    ok = False
    try:
        stop(request, server)
        ok = True
    except LaunchFailed as error:
        observe(Unstopped(error.failure.message))
        return error.failure
    finally:
        stages.end(ok=ok)
    return None
