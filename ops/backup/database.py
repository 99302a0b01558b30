"""The hub's database out of its pod, while the hub runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from kubernetes.client import AppsV1Api, CoreV1Api

from binder_deploy.ops.asked import asked
from binder_deploy.ops.backup import hub as hubs
from binder_deploy.ops.backup.pod_exec import At, Exec, ExecFailed, in_pod
from binder_deploy.ops.client import api_client
from binder_deploy.settings.kubeconfig import binder_namespace_in


@dataclass(frozen=True)
class Copied:
    """A copy that was compared with what the pod sent."""

    image: str
    """Of the hub that it was taken from."""
    revision: str
    """Of the database's schema: a hub reads its own and older ones, never a newer one."""
    bytes: int


def fetch(kubeconfig: Path, into: Path, run: Exec | None = None) -> Copied:
    """Copy it into a new file. `run`: how programs are run in pods, if not by the cluster's own way.

    Raises `NoHub`, `ClusterSilent`, `ExecFailed`.
    """
    with asked():
        namespace = binder_namespace_in(kubeconfig)
        client = api_client(kubeconfig)
        core = CoreV1Api(client)
        hub, at = hubs.hub(AppsV1Api(client), namespace), hubs.running(core, namespace)
    revision, size = copy(run or in_pod(core), at, hub.database, into)
    return Copied(hub.image, revision, size)


def copy(run: Exec, at: At, database: str, into: Path) -> tuple[str, int]:
    """Revision and size of a copy of the database at that path in a container. Raises `ExecFailed`."""
    head, digest = bytearray(), hashlib.sha256()
    told: dict[str, str | int] = {}
    into.touch(mode=0o600, exist_ok=False)
    with into.open("wb") as stream:

        def take(piece: bytes) -> None:
            if not told:  # the first line comes before the file
                head.extend(piece)
                line, found, piece = bytes(head).partition(b"\n")
                if not found:
                    return
                told.update(json.loads(line))
            stream.write(piece)
            digest.update(piece)

        run(at, "send", [database], (), take)
    if not told or told["bytes"] != into.stat().st_size or told["sha256"] != digest.hexdigest():
        raise ExecFailed("the copy of the hub's database is not what the pod sent: the connection lost a part of it")
    return str(told["revision"]), int(told["bytes"])
