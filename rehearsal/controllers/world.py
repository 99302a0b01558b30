"""What the controllers see: a copy of each collection of objects, kept up to date by a watch."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property

import httpx

from binder_deploy.rehearsal.controllers.api import Api, ApiError, Object

COLLECTIONS: Mapping[str, str] = {
    "nodes": "/api/v1/nodes",
    "pods": "/api/v1/pods",
    "claims": "/api/v1/persistentvolumeclaims",
    "volumes": "/api/v1/persistentvolumes",
    "services": "/api/v1/services",
    "classes": "/apis/storage.k8s.io/v1/storageclasses",
    "daemonsets": "/apis/apps/v1/daemonsets",
    "clusterissuers": "/apis/cert-manager.io/v1/clusterissuers",
    "issuers": "/apis/cert-manager.io/v1/issuers",
    "certificates": "/apis/cert-manager.io/v1/certificates",
}
"""Name → path. The last three come with a chart, and are empty until then."""

AGAIN = 1.0
"""Seconds until a collection that could not be read is read again: its CRD may come, the apiserver may be busy."""


class World:
    """Copies of all collections of one control plane. `changed` is set whenever one of them changes."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.changed = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._objects: dict[str, dict[str, Object]] = {name: {} for name in COLLECTIONS}
        self._unread = set(COLLECTIONS)
        for name in COLLECTIONS:
            threading.Thread(target=self._follow, args=(name,), name=f"watch {name}", daemon=True).start()

    def all(self, collection: str) -> list[Object]:
        """The objects of a collection, by their names in `COLLECTIONS`; not to be changed."""
        with self._lock:
            return list(self._objects[collection].values())

    def known(self) -> bool:
        """Whether every collection has been read, so that an absence is an absence."""
        with self._lock:
            return not self._unread

    @cached_property
    def version(self) -> str:
        """Of the apiserver: `v1.36.3`."""
        answer = self.api.get("/version")
        return str(answer["gitVersion"]) if answer else ""

    def close(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self.api.close()

    def _follow(self, name: str) -> None:
        path = COLLECTIONS[name]
        while not self._stopped.is_set():
            try:
                listed = self.api.list(path)
                self._replace(name, {_key(o): o for o in listed["items"]})
                self._watch(name, path, listed["metadata"]["resourceVersion"])
            except ApiError as error:
                if error.status == 404:
                    self._replace(name, {})
                self._stopped.wait(AGAIN)
            except (httpx.HTTPError, RuntimeError):
                # The apiserver is going or gone, or `close` has closed the client (RuntimeError).
                self._stopped.wait(AGAIN)

    def _watch(self, name: str, path: str, version: str) -> None:
        for event in self.api.watch(path, version):
            kind, changed = event["type"], event["object"]
            if kind == "BOOKMARK":
                continue
            if kind == "ERROR":  # mostly 410: too old a version; read it all again
                return
            with self._lock:
                if kind == "DELETED":
                    self._objects[name].pop(_key(changed), None)
                else:
                    self._objects[name][_key(changed)] = changed
            self.changed.set()

    def _replace(self, name: str, objects: dict[str, Object]) -> None:
        with self._lock:
            self._unread.discard(name)
            same = self._objects[name] == objects
            self._objects[name] = objects
        if not same:
            self.changed.set()


def _key(body: Object) -> str:
    metadata = body["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"
