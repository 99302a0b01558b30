"""Follows one launch from the question to `ready`."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx

from binder_deploy.checks.launch.http import client, unreachable
from binder_deploy.checks.launch.model import (
    Cancelled,
    Failure,
    Launched,
    LaunchFailed,
    LoginNeeded,
    Observer,
    Request,
    Server,
    Unstopped,
)
from binder_deploy.checks.launch.refusals import IN_CLUSTER, WHERE, failed, login
from binder_deploy.checks.launch.server import stop
from binder_deploy.checks.launch.stages import Stages
from binder_deploy.checks.launch.stream import LAST, DeadlinePassed, Stream

PHASES = {
    "waiting": "queue",
    "fetching": "clone",
    "building": "build",
    "pushing": "push",
    "built": "launch",
    "launching": "launch",
}
"""BinderHub's phases as stages; other phases (`unknown`), and messages without one, belong to what goes on."""

LATE_S = 60.0
"""How long an interrupted launch is still listened to: a server that starts meanwhile has to be stopped."""
UNDER_WAY_S = 1.0
"""The same during a build, for what is on its way to us."""


def launch(
    request: Request, observe: Observer, *, stages: Stages | None = None, cancel: threading.Event | None = None
) -> Launched:
    """Launch a repository as a visitor does. The caller stops the server.

    `observe` gets `StageStarted`, `StageEnded`, `LogLine` and, where a server may be left, `Unstopped`; `stages` if
    the caller keeps the time itself; `cancel` ends the wait when set. Raises `LaunchFailed`, `Cancelled`.
    """
    stages, cancel = stages or Stages(observe), cancel or threading.Event()
    stages.enter("ask")
    ok = False
    try:
        with client(request) as http:
            url, query = _address(http, request, stages)
            with Stream(http, str(httpx.URL(url, params=query)), _headers(request, url), stages) as stream:
                launched = _follow(request, stream, stages, cancel, observe)
        ok = True
        return launched
    except LoginNeeded as error:
        raise login(error.failure.stage, given=bool(_own_token(request))) from None
    finally:
        stages.end(ok=ok)


def _address(http: httpx.Client, request: Request, stages: Stages) -> tuple[str, dict[str, str]]:
    """Address and query of the launch.

    The page that a visitor sees first holds a token for this one launch, valid for five minutes: with it, the limit
    of launches per address does not count. A Binder without pages (API only) has none, and wants none. A federation
    sends the visitor to one of its members, which alone accepts its token.
    """
    page = f"{request.binder}v2/{request.spec}"
    try:
        response = http.get(page, headers=_headers(request, page))
    except httpx.HTTPError as error:
        raise unreachable(stages.current, page, error) from error
    found = re.search(r'"buildToken"\s*:\s*"([\w.-]+)"', response.text)
    if response.is_success and found:
        base = str(response.url).partition("/v2/")[0]
        return f"{base}/build/{request.spec}", {"build_token": found[1]}
    return f"{request.binder}build/{request.spec}", {}


def _own_token(request: Request) -> str | None:
    return request.token if request.verify else None


def _headers(request: Request, url: str) -> dict[str, str]:
    """The caller's own token goes to the Binder that it was meant for, and nowhere else."""
    token = _own_token(request)
    meant = httpx.URL(url).host == httpx.URL(request.binder).host
    return {"Authorization": f"Bearer {token}"} if token and meant else {}


def _follow(request: Request, stream: Stream, stages: Stages, cancel: threading.Event, observe: Observer) -> Launched:
    deadline = time.monotonic() + request.timeout_s
    try:
        while True:
            event = stream.next(deadline, cancel)
            phase = event["phase"]
            if phase in PHASES:
                stages.advance(PHASES[phase])
            stages.say(str(event.get("message") or ""))
            if phase in LAST:
                return _end(event, stages)
    except (DeadlinePassed, Cancelled, KeyboardInterrupt) as error:
        _stop_late(request, stream, stages, observe)
        if isinstance(error, DeadlinePassed):
            raise _late(request, stages) from None
        raise


def _end(event: Mapping[str, Any], stages: Stages) -> Launched:
    """What the last event comes to. Raises `LaunchFailed`."""
    if event["phase"] != "ready":
        raise failed(stages, event)
    if not event.get("url") or not event.get("token"):
        raise LaunchFailed(
            Failure(
                stages.current,
                "the Binder says ready, but not where the server is",
                "see that the address is that of a BinderHub that launches, not only builds",
                stages.log,
            )
        )
    return Launched(Server(str(event["url"]), str(event["token"])), str(event.get("image") or ""))


def _stop_late(request: Request, stream: Stream, stages: Stages, observe: Observer) -> None:
    """Hear out a launch that is not wanted any more, and stop what it started.

    During a build it is enough to go away: BinderHub then launches nothing. But it may be further than we have heard.
    """
    deadline = time.monotonic() + (LATE_S if stages.current == "launch" else UNDER_WAY_S)
    try:
        while True:
            event = stream.next(deadline, threading.Event())
            if event["phase"] == "ready":
                stop(request, _end(event, stages).server)
            if event["phase"] in LAST:
                return
            if PHASES.get(event["phase"]) == "launch" and stages.current != "launch":
                stages.advance("launch")
                deadline = time.monotonic() + LATE_S
    except DeadlinePassed:
        why = f"it was not there after {LATE_S:.0f} s"
    except LaunchFailed as error:
        why = error.failure.message
    if stages.current == "launch":
        observe(Unstopped(f"a server that was being started may go on running until it is culled: {why}"))


def _late(request: Request, stages: Stages) -> LaunchFailed:
    last = stages.log[-1] if stages.log else "nothing"
    return LaunchFailed(
        Failure(
            stages.current,
            f"not ready after {request.timeout_s:.0f} s; the last that it said: {last}",
            f"see what it waits for: `{IN_CLUSTER} get pods,events` {WHERE}; or allow more with --timeout",
            stages.log,
        )
    )
