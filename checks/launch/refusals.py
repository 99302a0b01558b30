"""Answers that are no event stream, and events that end a launch: what each means and how to mend it.

BinderHub reports errors as events under HTTP 200, with or without a status code; what answers with another status or
with a page is a proxy, a login, or no BinderHub.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from binder_deploy.checks.launch.model import TOKEN_VARIABLE, Failure, LaunchFailed, LoginNeeded
from binder_deploy.checks.launch.stages import Stages

IN_CLUSTER = "kubectl --namespace NAMESPACE"
"""A launch does not know its cluster: the namespace is `binder`, or the deployment's name with `platform.shared`."""
WHERE = "(NAMESPACE: binder; with platform.shared the deployment's name)"
_REMEDIES = {
    "ask": "see that the repository and the branch exist and are public, and that the Binder's settings allow them",
    "queue": f"see why the build pod does not start: `{IN_CLUSTER} get pods,events` {WHERE}",
    "clone": "see that build pods reach the Git server, and that the repository is public or the Binder may read it",
    "build": "mend what the log ends with; `repo2docker` builds the same on any machine with Docker",
    "push": "see that the registry's key may push: `binder-deploy check --phase binder`",
    "launch": f"see why the server does not start: `{IN_CLUSTER} get pods,events` {WHERE}, and the hub's log",
}
_WORDS = {
    "ask": "the Binder refused it",
    "queue": "the build did not start",
    "clone": "the repository could not be cloned",
    "build": "the image could not be built",
    "push": "the image could not be pushed",
    "launch": "the server did not start",
}


def failed(stages: Stages, event: Mapping[str, Any]) -> LaunchFailed:
    """The failure that a `failed` event means, in the stage where it came."""
    said = " ".join(str(event.get("message") or "").split())
    status = event.get("status_code")
    stage, log = stages.current, stages.log
    if status == 403 and said in ("", "Forbidden"):
        return login(stage)
    if status == 429:
        return _limited(stage, said, None)
    last = said or (log[-1] if log else "it did not say why")
    remedy = _REMEDIES[stage]
    if status == 403:
        remedy = "ask those who keep this Binder: it refuses this address, or the token that its page gave"
    elif status == 409:
        remedy = "stop the server that this user has already, then run it again"
    elif isinstance(status, int) and status >= 500 and stage == "ask":
        remedy = f"see BinderHub's log: `{IN_CLUSTER} logs deployment/binder` {WHERE}"
    return LaunchFailed(Failure(stage, f"{_WORDS[stage]}: {last}", remedy, log))


def login(stage: str, *, given: bool = False) -> LoginNeeded:
    """Nobody gets in without saying who they are. `given`: a token was sent."""
    message = "this Binder refuses the token" if given else "this Binder wants a login"
    remedy = f"make a token on the hub's page hub/token and put it into {TOKEN_VARIABLE}"
    return LoginNeeded(Failure(stage, message, remedy, login=True))


def no_stream(response: httpx.Response) -> LaunchFailed | None:
    """What is wrong with an answer, or None for an event stream."""
    url, status, stage = response.url, response.status_code, "ask"
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if status in (401, 403) or (response.history and _is_login(url)):
        return login(stage)
    if status == 429:
        return _limited(stage, "", response.headers)
    if status == 404:
        message = f"{url.host} has no launches at {url.path.partition('/build/')[0] or '/'}"
        return LaunchFailed(Failure(stage, message, "see that the address is that of a BinderHub, its path included"))
    if status >= 400:
        message = f"{url.host} answers {status} {response.reason_phrase}".rstrip()
        return LaunchFailed(
            Failure(stage, message, "see BinderHub and what is in front of it: `binder-deploy check --phase binder`")
        )
    if kind != "text/event-stream":
        message = f"{url.host} answers with {kind or 'something'} instead of an event stream"
        return LaunchFailed(
            Failure(stage, message, "something in front of BinderHub answers in its place: a proxy, a login page")
        )
    return None


def _is_login(url: httpx.URL) -> bool:
    return any(part in url.path for part in ("/login", "/oauth"))


def _limited(stage: str, said: str, headers: Mapping[str, str] | None) -> LaunchFailed:
    reset = (headers or {}).get("x-ratelimit-reset", "")
    limit = (headers or {}).get("x-ratelimit-limit", "")
    message = "too many launches from this address"
    if limit.isdigit():
        message += f": it allows {limit}"
    if said:
        message += f": {said}"
    when = "wait as long as it says (an hour if it does not)"
    if reset.isdigit():  # BinderHub gives the time, proxies give what is left of it
        left = int(reset) - int(time.time()) if len(reset) > 9 else int(reset)
        when = f"wait {max(left, 1)} seconds"
    return LaunchFailed(
        Failure(stage, message, f"{when}, or launch with a login; the limit is binder.launches_per_hour")
    )
