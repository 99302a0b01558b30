"""The token for GitHub, asked of a server that answers as GitHub does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue.github import CHECKS
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.probes.github import probes
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

TOKEN = "github_pat_good"
EXPIRY = "github-authentication-token-expiration"


class GitHub:
    """Knows one token; strangers get 60 requests an hour."""

    def __init__(self) -> None:
        self.api = ""
        self.limit, self.used = 5000, 10
        self.status = 200
        self.headers: dict[str, str] = {}

    def answer(self, authorization: str | None) -> tuple[int, Any]:
        """Status and body."""
        if self.status != 200:
            return self.status, {"message": "Server Error"}
        if authorization not in (None, f"Bearer {TOKEN}"):
            return 401, {
                "message": "Bad credentials",
                "documentation_url": "https://docs.github.com/rest",
                "status": "401",
            }
        limit = self.limit if authorization else 60
        core = {"limit": limit, "used": self.used, "remaining": limit - self.used, "reset": 1_900_000_000}
        return 200, {"resources": {"core": core, "search": {"limit": 30}}, "rate": core}


@pytest.fixture
def github() -> Iterator[GitHub]:
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = state.answer(self.headers.get("Authorization"))
            data = json.dumps(body).encode()
            self.send_response(status if self.path == "/rate_limit" else 404)
            for name, value in {"Content-Length": str(len(data)), **state.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    state.api = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(
    github: GitHub, settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Verdict]:
    """The verdict of one check on a token, or on none."""

    def verdict(check_id: str, token: str | None = TOKEN) -> Verdict:
        monkeypatch.setenv("GITHUB", token or "")
        change = {"binder": {"github_token": "env:GITHUB"}} if token is not None else {}
        (check,) = [check for check in CHECKS if check.id == check_id]
        given = Given(settings=settings(**change), folder=tmp_path)
        found = run([check], probes(given, github.api))[0].verdict
        assert not token or token not in repr(found)
        return found

    return verdict


def day(days: int) -> str:
    """A day from now, as GitHub writes it."""
    return f"{datetime.now(UTC) + timedelta(days=days, hours=1):%Y-%m-%d %H:%M:%S} UTC"


@pytest.mark.shows("BD-GIT-001", "passed")
@pytest.mark.shows("BD-GIT-002", "passed")
@pytest.mark.shows("BD-GIT-003", "passed")
def test_a_good_token(ask: Callable[..., Verdict], github: GitHub) -> None:
    github.headers = {EXPIRY: day(60)}
    assert ask("BD-GIT-001") == Passed()
    assert ask("BD-GIT-002") == Passed("4990 of 5000 left")
    assert isinstance(ask("BD-GIT-003"), Passed)


@pytest.mark.shows("BD-GIT-001", "failed")
def test_a_token_that_was_revoked(ask: Callable[..., Verdict]) -> None:
    verdict = ask("BD-GIT-001", "github_pat_revoked")
    assert isinstance(verdict, Failed)
    assert verdict.message.startswith("binder.github_token: GitHub does not accept it (Bad credentials)")
    for other in ("BD-GIT-002", "BD-GIT-003"):
        assert isinstance(ask(other, "github_pat_revoked"), Skipped)


@pytest.mark.shows("BD-GIT-002", "failed")
@pytest.mark.parametrize(
    ("limit", "used", "told"),
    [(1000, 0, "1000 requests an hour, not 5000"), (5000, 4700, "300 of 5000 requests are left")],
)
def test_a_limit_that_is_low_or_nearly_used_up(
    limit: int, used: int, told: str, ask: Callable[..., Verdict], github: GitHub
) -> None:
    github.limit, github.used = limit, used
    verdict = ask("BD-GIT-002")
    assert isinstance(verdict, Failed)
    assert told in verdict.message


def test_without_a_token_github_is_not_asked_and_the_low_limit_is_told(ask: Callable[..., Verdict]) -> None:
    verdict = ask("BD-GIT-002", None)
    assert isinstance(verdict, Warned)
    assert "60 requests" in verdict.message
    assert isinstance(ask("BD-GIT-001", None), Skipped)
    assert isinstance(ask("BD-GIT-003", None), Skipped)


@pytest.mark.shows("BD-GIT-003", "failed")
@pytest.mark.parametrize(("days", "kind"), [(13, Warned), (0, Warned), (-2, Failed)])
def test_a_token_that_ends_soon_or_has_ended(
    days: int, kind: type, ask: Callable[..., Verdict], github: GitHub
) -> None:
    github.headers = {EXPIRY: day(days)}
    assert type(ask("BD-GIT-003")) is kind


@pytest.mark.parametrize("header", ["2099-01-31 12:00:00 +0100", "2099-01-31 12:00:00 UTC"])
def test_both_ways_in_which_github_writes_a_day(header: str, ask: Callable[..., Verdict], github: GitHub) -> None:
    github.headers = {EXPIRY: header}
    assert ask("BD-GIT-003") == Passed("until 2099-01-31")


def test_a_github_that_is_unwell_says_nothing_about_the_token(ask: Callable[..., Verdict], github: GitHub) -> None:
    github.status = 502
    verdict = ask("BD-GIT-001")
    assert isinstance(verdict, Skipped)
    assert "502" in verdict.detail


def test_a_token_that_is_not_there_is_told_by_its_setting(ask: Callable[..., Verdict]) -> None:
    verdict = ask("BD-GIT-001", "")
    assert isinstance(verdict, Skipped)
    assert "env:GITHUB is missing" in verdict.detail
