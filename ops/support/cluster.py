"""What a cluster says about itself: events and logs, bounded. Nothing is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.client import api_client, listed

LOG_BYTES = 256 * 1024
"""Of each container, the newest."""
LOG_LINES = 3000
PODS = 150
"""Of each namespace: builds leave many behind."""
EVENTS = 2000
TIMEOUT_S = 10.0
NOT_USERS = "component!=singleuser-server"
"""What runs in people's own servers is theirs, and not looked at."""


@dataclass
class Said:
    """What was collected, and what was not."""

    files: dict[str, str] = field(default_factory=dict)
    """Path in the archive → text."""
    missing: dict[str, str] = field(default_factory=dict)
    """What could not be had → why."""


def events(kubeconfig: Path, namespaces: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Events as the API server has them: of these namespaces, or of the whole cluster, its nodes' too. Raises
    `ApiException`, urllib3's `HTTPError`."""
    api = CoreV1Api(api_client(kubeconfig))
    if namespaces:
        return [one for where in namespaces for one in listed(api.list_namespaced_event, where, limit=EVENTS)]
    return listed(api.list_event_for_all_namespaces, limit=EVENTS)


def logs(kubeconfig: Path, namespaces: tuple[str, ...]) -> Said:
    """Logs of every container in these namespaces but people's own servers, also of the run before a restart."""
    api = CoreV1Api(api_client(kubeconfig))
    said = Said()
    refused: dict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor(8, thread_name_prefix="logs") as pool:
        wanted = [one for namespace in namespaces for one in _containers(api, namespace, said)]
        for name, text, why in pool.map(lambda one: _log(*one), wanted):
            if why:
                refused[why].append(name)
            else:
                said.files[name] = text
    for why, names in refused.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        said.missing[f"{names[0]}{more}"] = why
    return said


def _containers(api: CoreV1Api, namespace: str, said: Said) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A name for each log, and how it is read."""
    try:
        pods = listed(api.list_namespaced_pod, namespace, label_selector=NOT_USERS, limit=PODS)
    except (ApiException, HTTPError) as error:
        said.missing[f"logs of {namespace}"] = told(error)
        return
    for pod in pods:
        name = pod["metadata"]["name"]
        for container, restarts in _started(pod):
            read = partial(
                api.read_namespaced_pod_log,
                name,
                namespace,
                container=container,
                tail_lines=LOG_LINES,
                limit_bytes=LOG_BYTES,
                timestamps=True,
                _request_timeout=TIMEOUT_S,
                _preload_content=False,
            )
            yield f"logs/{namespace}/{name}/{container}.log", read
            if restarts:
                yield f"logs/{namespace}/{name}/{container}.before.log", partial(read, previous=True)


def _started(pod: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Containers that have said anything, and how often each was started again."""
    status = pod.get("status") or {}
    for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        if "waiting" not in (one.get("state") or {}) or one.get("restartCount"):
            yield one["name"], int(one.get("restartCount") or 0)


def _log(name: str, read: Callable[[], Any]) -> tuple[str, str, str]:
    """Name, text, and why there is none."""
    try:
        return name, read().data.decode(errors="replace"), ""
    except (ApiException, HTTPError) as error:
        return name, "", told(error)


def told(error: Exception) -> str:
    """Why the API server gave nothing, in a line."""
    if isinstance(error, ApiException):
        return f"{error.status} {error.reason}"
    return type(error).__name__
