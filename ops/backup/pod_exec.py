"""Runs a small program in a pod, by the API server: bytes in, bytes out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream
from websocket import WebSocketException

from binder_deploy.ops.backup.pod import SCRIPTS, command
from binder_deploy.settings.names import BINDER_NAMESPACE

PATIENCE_S = 600.0
"""For a program to end."""
CHUNK = 1 << 16
_STDOUT, _STDERR, _ENDED = 1, 2, 3


class ExecFailed(Exception):
    """The program did not run, or ended badly; the text is what it said."""


@dataclass(frozen=True)
class At:
    """A container."""

    pod: str
    container: str
    namespace: str = BINDER_NAMESPACE


Exec = Callable[[At, str, Sequence[str], Iterable[bytes], Callable[[bytes], None]], None]
"""Runs the script of that name (`pod.SCRIPTS`) with arguments and standard input; each piece of its standard output is
handed on. Raises `ExecFailed`."""


def in_pod(api: CoreV1Api) -> Exec:
    """By the websocket that `kubectl exec` uses, too. Needs the right to create `pods/exec`."""

    def run(
        at: At, script: str, arguments: Sequence[str], given: Iterable[bytes], take: Callable[[bytes], None]
    ) -> None:
        try:
            socket = stream(
                api.connect_get_namespaced_pod_exec,
                at.pod,
                at.namespace,
                container=at.container,
                command=command(script, *arguments),
                stdin=True,
                stdout=True,
                stderr=True,
                tty=False,
                binary=True,
                _preload_content=False,
            )
        except ApiException as error:
            raise ExecFailed(f"no program can be run in pod {at.pod} ({_reason(error)})") from None
        try:
            _talk(socket, at, (SCRIPTS[script].encode(),), given, take)
        except (WebSocketException, OSError) as error:
            raise ExecFailed(f"the connection to pod {at.pod} was cut off ({type(error).__name__})") from None
        finally:
            socket.close()

    return run


def _talk(socket: Any, at: At, first: Iterable[bytes], given: Iterable[bytes], take: Callable[[bytes], None]) -> None:
    said = b""

    def drain(timeout_s: float) -> None:
        nonlocal said
        socket.update(timeout=timeout_s)
        if out := socket.read_channel(_STDOUT):
            take(out)
        said += socket.read_channel(_STDERR)

    def feed() -> None:
        for source in (first, given):
            for piece in source:
                for start in range(0, len(piece), CHUNK):
                    if not socket.is_open():
                        return  # it has ended early; what it said is told below
                    socket.write_stdin(piece[start : start + CHUNK])
                drain(0)

    def wait() -> None:
        deadline = time.monotonic() + PATIENCE_S
        while socket.is_open():
            if time.monotonic() > deadline:
                raise ExecFailed(f"the program in pod {at.pod} did not end in {PATIENCE_S:.0f} s")
            drain(1.0)
        drain(0)

    def left(channel: int) -> bytes:
        try:
            return bytes(socket.read_channel(channel))
        except (WebSocketException, OSError):
            return b""

    cut: Exception | None = None
    for step in (feed, wait):
        # A program that ends early has its connection closed on what is still being sent: that fails, but what the
        # program said before lies here and can be read.
        try:
            step()
        except (WebSocketException, OSError) as error:
            cut = error
    said += left(_STDERR)
    ended = _ended(left(_ENDED))
    if cut and ended.get("status") != "Failure":
        raise cut
    if ended.get("status") != "Success":
        told = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise ExecFailed(told or f"the program in pod {at.pod} did not end well: {ended.get('message', 'cut off')}")


def _ended(told: bytes) -> Mapping[str, Any]:
    """Kubernetes' own word on how it ended; empty if the connection did first."""
    try:
        return dict(json.loads(told))
    except ValueError:
        return {}


def _reason(error: ApiException) -> str:
    """A handshake that was refused has its status in its text alone."""
    text = str(error.reason)
    return "403 Forbidden: it needs the right to create pods/exec" if " 403 " in text else text.partition("\n")[0][:200]
