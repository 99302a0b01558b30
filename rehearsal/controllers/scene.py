"""What every controller is given, and the few things that all of them do: say what happened, find the cluster."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile, Record
from binder_deploy.rehearsal.controllers.api import ApiError, Object
from binder_deploy.rehearsal.controllers.world import World

T = TypeVar("T")
log = logging.getLogger("binder_deploy.rehearsal.controllers")

PASSING = (404, 409, 429, 503)
"""HTTP states of everyday life: gone, changed meanwhile, too busy, a new kind of object is still being set up."""


@dataclass
class Scene:
    """One cluster of the simulated cloud, as its controllers see it."""

    world: World
    cloud: CloudFile
    failures: Path
    """A line of JSON for each thing that a controller could not do, for whoever asks afterwards."""
    _said: set[tuple[str, str, str]] = field(default_factory=set)
    _failed: set[str] = field(default_factory=set)

    def each(self, controller: str, objects: Iterable[Object], act: Callable[[Object], None]) -> bool:
        """`act` on every object; one that fails does not keep the others from being served. Whether all went well."""
        well = True
        for body in objects:
            well &= self._attempt(controller, name_of(body), act, body)
        return well

    def attempt(self, controller: str, reconcile: Callable[[Scene], bool]) -> bool:
        """A whole round of one controller. Whether it went well."""
        well = True

        def act(scene: Scene) -> None:
            nonlocal well
            well = reconcile(scene)

        return self._attempt(controller, "", act, self) and well

    def _attempt(self, controller: str, what: str, act: Callable[[T], None], given: T) -> bool:
        try:
            act(given)
        except (httpx.TransportError, ApiError) as error:
            # So is a control plane on its way out. The next round sees the new state.
            # Nothing is made any more in a namespace that goes (403), and nothing needs to be.
            passing = isinstance(error, httpx.TransportError) or error.status in PASSING
            if passing or "being terminated" in str(error):
                log.info("%s: %s: %s", controller, what, error)
            else:
                self._failure(controller, what, error)
            return False
        except Exception as error:  # a bug of ours: noted, retried, never the end of the process
            self._failure(controller, what, error)
            return False
        return True

    def _failure(self, controller: str, what: str, error: Exception) -> None:
        log.error("%s: %s", controller, what, exc_info=error)
        line = json.dumps({"controller": controller, "object": what, "error": f"{type(error).__name__}: {error}"})
        if line not in self._failed:
            self._failed.add(line)
            with self.failures.open("a") as file:
                file.write(line + "\n")

    def say(
        self, about: Object, reason: str, message: str, component: str, kind: Literal["Normal", "Warning"] = "Normal"
    ) -> None:
        """An Event about an object, once for each message."""
        metadata = about["metadata"]
        key = (metadata["uid"], reason, message)
        if key in self._said:
            return
        self._said.add(key)
        namespace = metadata.get("namespace") or "default"
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{metadata['name'][:50]}.", "namespace": namespace},
            "involvedObject": {
                "apiVersion": about.get("apiVersion", "v1"),
                "kind": about["kind"],
                "name": metadata["name"],
                "namespace": metadata.get("namespace"),
                "uid": metadata["uid"],
            },
            "reason": reason,
            "message": message[:1024],
            "type": kind,
            "source": {"component": component},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        self.world.api.create(f"/api/v1/namespaces/{namespace}/events", event)

    def set_finalizers(self, path: str, body: Object, finalizers: list[str]) -> None:
        """Replace an object's finalizers, if it is still as we saw it: others add and remove theirs meanwhile."""
        metadata = {"finalizers": finalizers, "resourceVersion": body["metadata"]["resourceVersion"]}
        self.world.api.patch(path, {"metadata": metadata})


def properties(record: Record) -> Mapping[str, Any]:
    """What there is of a record: inputs, with the cloud's own values over them."""
    return {**record.inputs, **record.outputs}


def name_of(body: Object) -> str:
    """`Kind namespace/name`, for logs. Objects in lists do not carry their kind."""
    metadata = body.get("metadata") or {}
    namespace = metadata.get("namespace")
    return f"{body.get('kind', '')} {namespace + '/' if namespace else ''}{metadata.get('name', '?')}".strip()
