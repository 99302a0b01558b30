"""The events of one launch, read by a thread of their own.

Whoever waits for an event can so stop waiting at any moment (a deadline, Ctrl-C) and still hear what comes after:
the server that starts just then must be found, else nobody would stop it.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import httpx
from httpx_sse import EventSource

from binder_deploy.checks.launch.http import unreachable
from binder_deploy.checks.launch.model import Cancelled, Failure, LaunchFailed, error
from binder_deploy.checks.launch.refusals import no_stream
from binder_deploy.checks.launch.stages import Stages

LAST = ("ready", "failed", "failure")
"""Phases after which nothing comes. BinderHub keeps the stream open for a minute after a build."""
_LOOK_S = 0.25


class DeadlinePassed(Exception):
    """Nothing came in time."""


class Stream:
    """An event stream; use as a context manager."""

    def __init__(self, client: httpx.Client, url: str, headers: Mapping[str, str], stages: Stages) -> None:
        self._client, self._url, self._headers, self._stages = client, url, dict(headers), stages
        self._events: queue.SimpleQueue[Mapping[str, Any] | Exception] = queue.SimpleQueue()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._read, name="launch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _t: type[BaseException] | None, _v: BaseException | None, _tb: TracebackType | None) -> None:
        connection = self._socket
        if connection is not None:
            # Closing the response from here would wait for the reader, which waits for the server.
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the other side was first
            self._thread.join(timeout=5)

    def next(self, deadline: float, cancel: threading.Event) -> Mapping[str, Any]:
        """The next event. `deadline` as of `time.monotonic()`.

        Raises `LaunchFailed` for a stream that is none or breaks off, `DeadlinePassed`, `Cancelled`.
        """
        while not cancel.is_set():
            left = deadline - time.monotonic()
            try:
                event = self._events.get(timeout=min(_LOOK_S, max(left, 0.0)))
            except queue.Empty:
                if left <= 0:
                    raise DeadlinePassed from None
                continue
            if isinstance(event, LaunchFailed):
                # The reader is ahead of us: only here is known how far the launch had come.
                raise error(replace(event.failure, stage=self._stages.current, log=self._stages.log))
            if isinstance(event, Exception):
                raise event
            return event
        raise Cancelled

    def _read(self) -> None:
        try:
            self._follow()
        except httpx.HTTPError as problem:
            self._events.put(unreachable("", self._url, problem))
        except Exception as problem:  # whatever it is, the one who waits must hear of it
            self._events.put(problem)
        finally:
            self._socket = None

    def _follow(self) -> None:
        # BinderHub compares the whole Accept header up to a semicolon.
        headers = self._headers | {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        with self._client.stream("GET", self._url, headers=headers) as response:
            if wrong := no_stream(response):
                raise wrong
            self._socket = response.extensions["network_stream"].get_extra_info("socket")
            for frame in EventSource(response).iter_sse():
                event = _decoded(frame.data)
                self._events.put(event)
                if event.get("phase") in LAST:
                    return
        raise _broken("the Binder ended the stream before the launch was over")


def _decoded(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise _broken("the stream holds something that is no event of BinderHub")
    event["phase"] = str(event.get("phase") or "").lower()
    return event


def _broken(message: str) -> LaunchFailed:
    remedy = "see whether BinderHub was restarted or a proxy in front of it cuts long streams, then run it again"
    return LaunchFailed(Failure("", message, remedy))
