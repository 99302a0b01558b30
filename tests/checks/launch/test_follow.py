"""Every way in which a BinderHub, or what stands in front of it, can answer a launch."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from binder_deploy.checks.launch import follow, stream
from binder_deploy.checks.launch.follow import launch
from binder_deploy.checks.launch.model import (
    Cancelled,
    Launched,
    LaunchFailed,
    LoginNeeded,
    LogLine,
    Request,
    Server,
    StageEnded,
    StageStarted,
    Unstopped,
)
from binder_deploy.checks.launch.spec import parse
from binder_deploy.checks.launch.stages import LINE_LENGTH, LOG_LINES

pytestmark = pytest.mark.system

REPOSITORY = parse("owner/repo")
TOKEN = "s3cr3t-of-the-launch"


def ready(answer: Any) -> None:
    answer.event("ready", "server running\n", url="http://hub.invalid/user/x/", token=TOKEN, image="i:1")


def whole(asked: Any, answer: Any) -> None:
    answer.event("waiting", "Waiting for build to start...\n")
    answer.event("fetching", "Picked Git content provider.\n")
    answer.event("Building", "Step 1/2 : FROM x\n")
    answer.event(None, "\x1b[31mred\x1b[0m\rover\n\n")
    answer.keep_alive()
    answer.event("unknown")
    answer.event("fetching", "told late\n")
    answer.event("pushing", "p")
    answer.event("built", "Built image, launching...\n", imageName="i:1")
    answer.event("launching", "Launching server...\n")
    ready(answer)


def asked_for(at: Any, **more: Any) -> Request:
    return Request(at.url, REPOSITORY, **{"timeout_s": 20.0, "silence_s": 10.0} | more)


def failure(at: Any, **more: Any) -> LaunchFailed:
    with pytest.raises(LaunchFailed) as failed:
        launch(asked_for(at, **more), lambda _: None)
    assert failed.value.failure.remedy
    assert TOKEN not in str(failed.value)
    return failed.value


def test_a_launch_is_followed_through_its_stages(binder: Callable[[Any], Any]) -> None:
    events: list[object] = []
    found = launch(asked_for(binder(whole)), events.append)
    assert (found.server.url, found.server.token, found.image) == ("http://hub.invalid/user/x/", TOKEN, "i:1")
    assert TOKEN not in repr(found)
    started = [e.name for e in events if isinstance(e, StageStarted)]
    ended = [e for e in events if isinstance(e, StageEnded)]
    assert started == ["ask", "queue", "clone", "build", "push", "launch"]
    assert [e.name for e in ended] == started
    assert all(e.ok for e in ended)
    lines = [e.text for e in events if isinstance(e, LogLine)]
    assert lines[:5] == [
        "Waiting for build to start...",
        "Picked Git content provider.",
        "Step 1/2 : FROM x",
        "red",
        "over",
    ]


def test_an_image_that_is_there_is_launched_at_once(binder: Callable[[Any], Any]) -> None:
    def script(asked: Any, answer: Any) -> None:
        answer.event("built", "Found built image, launching...\n", imageName="i:1")
        answer.event("launching", "Launching server...\n")
        ready(answer)

    events: list[object] = []
    launch(asked_for(binder(script)), events.append)
    assert [e.name for e in events if isinstance(e, StageStarted)] == ["ask", "launch"]


def test_the_question_is_asked_as_binderhub_wants_it(binder: Callable[[Any], Any]) -> None:
    at = binder(whole)
    request = replace(asked_for(at), spec=parse("https://gitlab.com/group/sub/repo", "a/b"))
    launch(request, lambda _: None)
    (asked,) = at.asked
    assert asked.spec == "gl/group%2Fsub%2Frepo/a%2Fb"
    assert asked.headers["accept"] == "text/event-stream"
    assert "authorization" not in asked.headers


def test_the_page_s_token_lifts_the_limit_and_a_binder_without_pages_has_none(binder: Callable[[Any], Any]) -> None:
    at = binder(whole)
    at.limit = 1
    for _ in range(3):
        launch(asked_for(at), lambda _: None)
    at.api_only = True
    launch(asked_for(at), lambda _: None)
    assert "build_token" not in at.asked[-1].query
    assert "too many launches" in str(failure(at))


def test_a_login_is_asked_for_and_its_token_sent(binder: Callable[[Any], Any]) -> None:
    at = binder(whole)
    at.login = "mine"
    with pytest.raises(LoginNeeded, match="wants a login"):
        launch(asked_for(at), lambda _: None)
    with pytest.raises(LoginNeeded, match="refuses the token") as refused:
        launch(asked_for(at, token="another"), lambda _: None)
    assert "BINDER_DEPLOY_TOKEN" in str(refused.value)
    assert isinstance(launch(asked_for(at, token="mine"), lambda _: None), Launched)
    with pytest.raises(LoginNeeded, match="wants a login"):
        launch(asked_for(at, token="mine", verify=False), lambda _: None)


def one(*arguments: Any, **more: Any) -> Callable[[Any, Any], None]:
    return lambda asked, answer: answer.event(*arguments, **more)


def page(status: int, text: str = "", **headers: str) -> Callable[[Any, Any], None]:
    return lambda asked, answer: answer.page(status, text, **headers)


@pytest.mark.parametrize(
    ("script", "stage", "says", "fix"),
    [
        (one("failed", "Could not resolve ref for gh:owner/repo/x.\n"), "ask", "Could not resolve ref", "exist"),
        (one("failed", "Sorry, x is not allowed to launch.\n"), "ask", "not allowed", "settings allow"),
        (one("failed", "Too many users running x! Try again soon.\n"), "ask", "Too many users", ""),
        (one("failed", "Bad Request\n", status_code=400), "ask", "Bad Request", ""),
        (one("failed", "Requests from x are not allowed\n", status_code=403), "ask", "Requests from x", "keep this"),
        (one("failed", "Rate limit exceeded.\n", status_code=429), "ask", "too many launches", "wait"),
        (one("failed", "Internal Server Error\n", status_code=500), "ask", "Internal", "logs deployment/binder"),
        (one("FAILED", "x\n"), "ask", "x", ""),
        (one("failure", "x\n"), "ask", "x", ""),
        (one("ready", "Done! Found built image\n", imageName="i"), "ask", "not where the server is", ""),
        (page(403, "<html>"), "ask", "wants a login", "BINDER_DEPLOY_TOKEN"),
        (
            page(429, "slow down", x_ratelimit_reset="120", x_ratelimit_limit="10"),
            "ask",
            "it allows 10",
            "wait 120 seconds",
        ),
        (page(404, "404"), "ask", "has no launches", "its path included"),
        (page(500, "<html>"), "ask", "answers 500", ""),
        (page(502, "<html>"), "ask", "answers 502 Bad Gateway", ""),
        (page(200, "<html>Sign in</html>"), "ask", "answers with text/html", "proxy"),
        (page(302, "", location="/hub/login?next=x"), "ask", "wants a login", ""),
        (
            lambda asked, answer: answer.page(
                302, "", location=f"/build/{asked.spec}?build_token={asked.query['build_token'][0]}"
            ),
            "ask",
            "in circles",
            "",
        ),
    ],
)
def test_a_refusal_is_told_with_its_fix(
    script: Any, stage: str, says: str, fix: str, binder: Callable[[Any], Any]
) -> None:
    found = failure(binder(script)).failure
    assert found.stage == stage
    assert says in found.message
    assert fix in found.remedy


STAGE_PHASES = {"queue": "waiting", "clone": "fetching", "build": "building", "push": "pushing", "launch": "launching"}


@pytest.mark.parametrize("stage", STAGE_PHASES)
def test_a_failure_belongs_to_the_stage_where_it_came_and_has_its_log(stage: str, binder: Callable[[Any], Any]) -> None:
    def script(asked: Any, answer: Any) -> None:
        answer.event(STAGE_PHASES[stage], "denied: permission\n")
        answer.event("failed")

    found = failure(binder(script)).failure
    assert found.stage == stage
    assert "denied: permission" in found.message
    assert found.log == ("denied: permission",)


def test_the_log_that_is_kept_is_bounded_and_harmless(binder: Callable[[Any], Any]) -> None:
    def script(asked: Any, answer: Any) -> None:
        for number in range(LOG_LINES + 50):
            answer.event("building", f"{number} \x1b]0;title\x07 {'x' * 2 * LINE_LENGTH}\n")
        answer.event("failed", "it broke")

    log = failure(binder(script)).failure.log
    assert len(log) == LOG_LINES
    assert max(map(len, log)) == LINE_LENGTH
    assert not any(c in "".join(log) for c in "\x1b\x07")
    assert log[-1] == "it broke"


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (lambda answer: answer.cut(), "broke off"),
        (lambda answer: answer.end(), "ended the stream before"),
        (lambda answer: answer.raw("data: {oops\n\n"), "no event of BinderHub"),
        (lambda answer: answer.raw("data: [1]\n\n"), "no event of BinderHub"),
    ],
    ids=["connection lost", "stream ended", "not JSON", "not an object"],
)
def test_a_stream_that_breaks_off_is_told(end: Any, says: str, binder: Callable[[Any], Any]) -> None:
    def script(asked: Any, answer: Any) -> None:
        answer.event("building", "Step 1\n")
        end(answer)

    found = failure(binder(script)).failure
    assert found.stage == "build"
    assert says in found.message


def test_silence_ends_the_wait_and_signs_of_life_do_not(binder: Callable[[Any], Any]) -> None:
    at: Any = None

    def silent(asked: Any, answer: Any) -> None:
        answer.event("building", "Step 1\n")
        at.done.wait(20)

    def slow(asked: Any, answer: Any) -> None:
        for _ in range(8):
            at.done.wait(0.2)
            answer.keep_alive()
        whole(asked, answer)

    at = binder(silent)
    assert "has said nothing" in failure(at, silence_s=0.5).failure.message
    at = binder(slow)
    assert launch(asked_for(at, silence_s=0.8), lambda _: None).image == "i:1"


def test_a_stream_that_never_ends_ends_at_our_deadline(binder: Callable[[Any], Any]) -> None:
    at: Any = None

    def endless(asked: Any, answer: Any) -> None:
        while not at.done.wait(0.05):
            answer.event("building", "still at it\n")

    at = binder(endless)
    started = time.monotonic()
    found = failure(at, timeout_s=1.0).failure
    assert time.monotonic() - started < 5
    assert "not ready after 1 s" in found.message
    assert "still at it" in found.message
    deadline = time.monotonic() + 5
    while any(t.name == "launch" for t in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(t.name == "launch" for t in threading.enumerate()), "the reader has gone, too"


def test_binderhub_s_minute_after_ready_is_not_waited_for(binder: Callable[[Any], Any]) -> None:
    at: Any = None

    def script(asked: Any, answer: Any) -> None:
        whole(asked, answer)
        at.done.wait(60)

    at = binder(script)
    started = time.monotonic()
    launch(asked_for(at), lambda _: None)
    assert time.monotonic() - started < 5


def test_an_address_that_nobody_answers_at_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(LaunchFailed, match=r"127\.0\.0\.1 cannot be reached"):
        launch(Request(f"http://127.0.0.1:{port}/", REPOSITORY), lambda _: None)


def test_whoever_has_gone_is_not_waited_for(binder: Callable[[Any], Any]) -> None:
    at: Any = None
    cancel = threading.Event()

    def script(asked: Any, answer: Any) -> None:
        answer.event("building", "Step 1\n")
        cancel.set()
        at.done.wait(20)

    at = binder(script)
    with pytest.raises(Cancelled):
        launch(asked_for(at), lambda _: None, cancel=cancel)


def test_a_server_that_may_be_left_is_told(binder: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "LATE_S", 0.5)
    at: Any = None

    def script(asked: Any, answer: Any) -> None:
        answer.event("launching", "Launching server...\n")
        at.done.wait(20)

    at = binder(script)
    events: list[object] = []
    with pytest.raises(LaunchFailed, match="not ready after"):
        launch(asked_for(at, timeout_s=0.5), events.append)
    (left,) = [e for e in events if isinstance(e, Unstopped)]
    assert "may go on running" in left.why


def test_a_launch_that_was_further_than_heard_is_heard_out_and_stopped(
    binder: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Server] = []
    monkeypatch.setattr(follow, "stop", lambda request, server: stopped.append(server))
    cancel, told = threading.Event(), threading.Event()

    def script(asked: Any, answer: Any) -> None:
        whole(asked, answer)
        told.set()

    def observe(event: object) -> None:
        if isinstance(event, LogLine) and "Step 1" in event.text:
            told.wait(20)
            cancel.set()

    with pytest.raises(Cancelled):
        launch(asked_for(binder(script)), observe, cancel=cancel)
    assert [server.token for server in stopped] == [TOKEN]


def test_every_phase_has_its_place() -> None:
    assert set(follow.PHASES) | set(stream.LAST) | {"unknown"} == {
        "waiting", "fetching", "building", "pushing", "built", "launching", "ready", "failed", "failure", "unknown",
    }  # fmt: skip
