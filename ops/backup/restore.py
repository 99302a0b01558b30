"""Puts a database into the hub's disk: the hub away, a Job that takes the file, the hub back.

Every step finds out what is there already, so that whatever end the last attempt had, the next one goes on. The hub has
a whole database at every moment: the old one until the exchange, which is one step, and the new one after it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kubernetes.client import AppsV1Api, BatchV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException

from binder_deploy.ops.asked import asked
from binder_deploy.ops.backup import hub as hubs
from binder_deploy.ops.backup.hub import Hub
from binder_deploy.ops.backup.kept import sha256
from binder_deploy.ops.backup.pod_exec import CHUNK, At, Exec, in_pod
from binder_deploy.ops.backup.restoring import CONTAINER, LABEL, job
from binder_deploy.ops.client import api_client, got, listed
from binder_deploy.settings.kubeconfig import binder_namespace_in
from binder_deploy.settings.names import OWNER_LABEL

PATIENCE_S = 600.0
"""For a pod to come or go: a node may have to be made, and an image to be pulled."""
EVERY_S = 0.5
JOB = "hub-database-restore"


class NotRestored(Exception):
    """It ended early; the text says at what."""


class Restore:
    """One attempt."""

    def __init__(self, kubeconfig: Path, deployment: str, run: Exec | None = None) -> None:
        """`run`: how programs are run in pods, if not by the cluster's own way. Raises `ClusterSilent`."""
        with asked():
            client = api_client(kubeconfig)
            self._namespace = binder_namespace_in(kubeconfig)
        self._apps, self._batch, self._core = AppsV1Api(client), BatchV1Api(client), CoreV1Api(client)
        self._deployment = deployment
        self._run = run or in_pod(self._core)

    def look(self) -> Hub:
        """The hub as it is. Raises `NoHub`, `ClusterSilent`."""
        with asked():
            return hubs.hub(self._apps, self._namespace)

    def stop(self, hub: Hub) -> None:
        """Send the hub away, and wait until it has gone: two at one database would spoil it. Raises `NotRestored`."""
        self._scale(0, str(hub.replicas))
        self._await("the hub does not go", lambda: not hubs.pods(self._core, self._namespace))

    def exchange(self, hub: Hub, database: Path, stamp: str) -> str:
        """Put the file in place; where the database that was there lies now. Raises `NotRestored`, `ExecFailed`."""
        self.clean()
        body: Any = job(self._deployment, JOB, hub, self._namespace)  # the client takes plain JSON, too
        with asked():
            self._batch.create_namespaced_job(self._namespace, body)
        said = bytearray()
        arguments = [hub.database, str(database.stat().st_size), sha256(database), stamp]
        self._run(self._waiting(), "receive", arguments, _pieces(database), said.extend)
        with asked():
            early = hubs.pods(self._core, self._namespace)
        if early:  # it may have opened the old file, which is beside the new one now, and goes on writing there
            raise NotRestored("somebody started the hub meanwhile (a run of `up`?), maybe with the old database")
        return str(json.loads(said)["kept"])

    def clean(self) -> None:
        """Remove the Job, this one's or an earlier one's, and wait until its pod has let go of the disk."""
        with asked():
            _unless_missing(
                lambda: self._batch.delete_namespaced_job(JOB, self._namespace, propagation_policy="Background")
            )
        self._await("the Job's pod does not go", lambda: not self._pods() and not self._jobs())

    def start(self, hub: Hub) -> None:
        """Bring the hub back, and wait until it answers. Raises `NotRestored`."""
        self._scale(hub.replicas, None)
        self._await("the hub does not come back", lambda: self._available() >= hub.replicas)

    # Parts

    def _scale(self, replicas: int, noted: str | None) -> None:
        """One patch: how many there were is noted in the same moment in which it is needed."""
        patch = {"metadata": {"annotations": {hubs.REPLICAS: noted}}, "spec": {"replicas": replicas}}
        with asked():
            self._apps.patch_namespaced_deployment(hubs.NAME, self._namespace, patch)

    def _waiting(self) -> At:
        """The Job's container, once it runs."""

        def running() -> dict[str, Any] | None:
            for pod in self._pods():
                states = (pod.get("status") or {}).get("containerStatuses") or ()
                if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
                    raise NotRestored(f"pod {pod['metadata']['name']} ended before it got the database")
                if any("running" in (state.get("state") or {}) for state in states):
                    return pod
            return None

        pod = self._await("the Job's pod does not start", running)
        return At(str(pod["metadata"]["name"]), CONTAINER, self._namespace)

    def _pods(self) -> list[dict[str, Any]]:
        return listed(self._core.list_namespaced_pod, self._namespace, label_selector=self._ours)

    def _jobs(self) -> list[dict[str, Any]]:
        return listed(self._batch.list_namespaced_job, self._namespace, label_selector=self._ours)

    @property
    def _ours(self) -> str:
        return f"{OWNER_LABEL}={self._deployment},{LABEL}"

    def _available(self) -> int:
        found = got(self._apps.read_namespaced_deployment, hubs.NAME, self._namespace)
        status, generation = found.get("status") or {}, found["metadata"]["generation"]
        return int(status.get("availableReplicas") or 0) if status.get("observedGeneration") == generation else 0

    def _await(self, otherwise: str, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with asked():
                if found := condition():
                    return found
            if time.monotonic() > deadline:
                raise NotRestored(
                    f"{otherwise} in {PATIENCE_S:.0f} s; `kubectl -n {self._namespace} get pods` says why"
                )
            time.sleep(EVERY_S)


def _unless_missing(act: Callable[[], object]) -> None:
    try:
        act()
    except ApiException as error:
        if error.status != 404:
            raise


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece
