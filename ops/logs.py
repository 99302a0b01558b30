"""Reads what the service's containers write, at once or as it comes. Nothing is changed."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.asked import asked
from binder_deploy.ops.client import api_client, listed
from binder_deploy.ops.redact import MARK, Redactor
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.ops.support.cluster import told
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    MONITORING_NAMESPACE,
    TRAEFIK_NAMESPACE,
    binder_namespace,
)

COMPONENTS: Mapping[str, tuple[str, str]] = {
    "hub": (BINDER_NAMESPACE, "app=jupyterhub,component=hub"),
    "proxy": (BINDER_NAMESPACE, "app=jupyterhub,component=proxy"),
    "binder": (BINDER_NAMESPACE, "component=binder"),
    "builder": (BINDER_NAMESPACE, "component in (binderhub-build, image-builder)"),
    "traefik": (TRAEFIK_NAMESPACE, "app.kubernetes.io/name=traefik"),
    "cert-manager": (CERT_MANAGER_NAMESPACE, "app.kubernetes.io/instance=cert-manager"),
    "monitoring": (MONITORING_NAMESPACE, "app.kubernetes.io/instance in (prometheus, grafana)"),
}
"""What people call a part of the service → its namespace and labels; `component` knows a shared cluster, too."""
LOOK_S = 3.0
"""Between two looks for new pods while following."""
TIMEOUT_S, FOLLOW_S = 10.0, 86400.0
"""For an answer, and for the next line of a log that is followed."""
AGAIN_LINES = 1000
"""Of a log that was cut off, the newest are read again; those that were seen are left out."""
_BEGIN, _END = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"), re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY-----")


@dataclass(frozen=True)
class Wanted:
    """Which pods."""

    namespaces: tuple[str, ...]
    labels: str = ""
    """A selector."""
    pod: str = ""
    """The name, or how it begins."""


@dataclass(frozen=True)
class Container:
    """One run of one container."""

    namespace: str
    pod: str
    name: str
    restarts: int
    running: bool = field(default=True, compare=False)

    @property
    def label(self) -> str:
        """`hub-5c76b844d7-9b6q2`, with the container's name where that says something else."""
        return self.pod if self.pod.startswith(self.name) else f"{self.pod}/{self.name}"


@dataclass(frozen=True)
class Line:
    """One line."""

    container: Container
    at: str
    """When it was written, as the kubelet noted it: RFC 3339."""
    text: str


def component(settings: Settings, name: str) -> tuple[str, str]:
    """Namespace and labels of a part of this deployment."""
    namespace, labels = COMPONENTS[name]
    return binder_namespace(settings) if namespace == BINDER_NAMESPACE else namespace, labels


class Cleaner:
    """Redacts line by line; a private key, which takes many lines, as a whole."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._within: set[Container] = set()

    def clean(self, line: Line) -> str | None:
        """The text without secrets; None for a line that is nothing else."""
        if line.container in self._within:
            if _END.search(line.text):
                self._within.discard(line.container)
            return None
        if _BEGIN.search(line.text) and not _END.search(line.text):
            self._within.add(line.container)
            return _BEGIN.split(self._redactor.text(line.text))[0] + MARK
        return self._redactor.text(line.text)


def containers(api: CoreV1Api, wanted: Wanted, *, previous: bool = False) -> tuple[Container, ...]:
    """Containers that have written anything, pod by pod; with `previous` those that were started again.

    Raises `ClusterSilent`.
    """
    with asked():
        pods = [
            pod
            for namespace in wanted.namespaces
            for pod in listed(api.list_namespaced_pod, namespace, label_selector=wanted.labels)
        ]
    return tuple(
        _container(pod, status)
        for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))
        if str(pod["metadata"]["name"]).startswith(wanted.pod)
        for status in _statuses(pod)
        if status["restartCount"] or not (previous or "waiting" in status["state"])
    )


def read(
    kubeconfig: Path,
    wanted: Wanted,
    *,
    since_s: int | None = None,
    tail: int | None = None,
    previous: bool = False,
    refused: Callable[[Container, str], None] = lambda container, why: None,
) -> Iterator[Line]:
    """What was written so far, container by container.

    `since_s`: in the last so many seconds; `tail`: so many lines of each; `previous`: what was written before the
    container was started again; `refused` gets each one whose log cannot be had, and why. Raises `ClusterSilent`.
    """
    with asked():
        api = CoreV1Api(api_client(kubeconfig))
    for container in containers(api, wanted, previous=previous):
        try:
            text = _open(api, container, since_s=since_s, tail=tail, previous=previous).data.decode(errors="replace")
        except (ApiException, HTTPError) as error:  # its node is gone, or does not answer: the others' do
            refused(container, told(error))
            continue
        yield from (_line(container, raw) for raw in text.splitlines())


def follow(
    kubeconfig: Path,
    wanted: Wanted,
    *,
    since_s: int | None = None,
    tail: int | None = None,
    refused: Callable[[Container, str], None] = lambda container, why: None,
) -> Iterator[Line]:
    """What is written from now on, and before as `read` has it; of pods to come, too. Ends with its consumer.

    `refused` is told once of each container. Raises `ClusterSilent` if the cluster does not answer at the beginning;
    later on it is asked again and again.
    """
    with asked():
        api = CoreV1Api(api_client(kubeconfig))
    lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
    stopped = threading.Event()
    seen: set[Container] = set()
    live: set[Container] = set()
    lacking: set[Container] = set()
    last: dict[tuple[str, str, str], Line] = {}

    def look(first: bool) -> None:
        for one in containers(api, wanted):
            # One whose stream has ended although it runs on was cut off; one that ran its whole life since the last
            # look still has something to tell.
            if one not in live and (one.running or one not in seen):
                seen.add(one)
                live.add(one)
                # Daemon threads: one that waits for a line must not keep the program from ending.
                threading.Thread(
                    target=stream, args=(one, since_s if first else None, tail if first else None), daemon=True
                ).start()

    def stream(one: Container, since_s: int | None, tail: int | None) -> None:
        key = (one.namespace, one.pod, one.name)
        before = last.get(key)
        try:
            for raw in _open(api, one, since_s=since_s, tail=AGAIN_LINES if before else tail, follow=True):
                line = _line(one, raw.decode(errors="replace"))
                if stopped.is_set():
                    return
                if before is None or line.at > before.at:
                    last[key] = line
                    lines.put(line)
        except ApiException as error:
            if error.status != 404 and one not in lacking:  # else it has just gone
                lacking.add(one)
                refused(one, told(error))
        except (HTTPError, OSError):
            return  # cut off: the next look begins again
        finally:
            live.discard(one)

    try:
        look(first=True)
        looked = time.monotonic()
        while True:
            try:
                yield lines.get(timeout=max(0.0, looked + LOOK_S - time.monotonic()))
            except queue.Empty:
                with suppress(ClusterSilent):  # for a moment, most often; whoever follows sees that nothing comes
                    look(first=False)
                looked = time.monotonic()
    finally:
        stopped.set()


def _statuses(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    status = pod.get("status") or {}
    for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        yield {**one, "state": one.get("state") or {}, "restartCount": int(one.get("restartCount") or 0)}


def _container(pod: Mapping[str, Any], status: Mapping[str, Any]) -> Container:
    meta = pod["metadata"]
    running = "running" in status["state"]
    return Container(meta["namespace"], meta["name"], status["name"], status["restartCount"], running)


def _open(
    api: CoreV1Api,
    one: Container,
    *,
    since_s: int | None = None,
    tail: int | None = None,
    previous: bool = False,
    follow: bool = False,
) -> Any:
    """urllib3's response, not read yet."""
    options: dict[str, Any] = {"since_seconds": since_s, "tail_lines": tail, "previous": previous, "follow": follow}
    return api.read_namespaced_pod_log(
        one.pod,
        one.namespace,
        container=one.name,
        timestamps=True,
        **{name: value for name, value in options.items() if value},
        _request_timeout=(TIMEOUT_S, FOLLOW_S) if follow else TIMEOUT_S,
        _preload_content=False,
    )


def _line(container: Container, raw: str) -> Line:
    """`2026-01-02T03:04:05.678901234Z text`."""
    at, _, text = raw.rstrip("\r\n").partition(" ")
    return Line(container, at, text)
