"""BinderHub at its public address. `url` ends in a slash. Nothing here builds, launches or counts as a launch."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import httpx

from binder_deploy.checks.facts.web import Answer, Encoded, Health, NoAnswer, Stream
from binder_deploy.checks.probes.web.browser import Browser, bare, unread
from binder_deploy.checks.probes.web.hub import json_of

HEALTH_CACHE_S = 15.0
"""So long BinderHub repeats what it found: a second look sooner sees nothing new."""
_REPOSITORY = "https://github.com/binder-examples/requirements"
_SERVER = "TornadoServer"


def answer(browser: Browser, url: str) -> Answer | NoAnswer:
    """Binder's answer, with its version if it is BinderHub that answers."""
    at = f"{url}versions"
    try:
        got = browser.ask(at)
    except httpx.TransportError as error:
        return unread(at, error)
    version = json_of(got).get("binderhub")
    return Answer(bare(at), got.status_code, version if isinstance(version, str) else None, got.elapsed.total_seconds())


def health(browser: Browser, url: str, times: int, pause_s: float) -> tuple[Health, ...]:
    """Looks at BinderHub's health page, `pause_s` seconds apart; the last one is the first that is not well."""
    looks: list[Health] = []
    while len(looks) < times:
        if looks:
            time.sleep(pause_s)
        looks.append(_health(browser.ask(f"{url}health")))
        if looks[-1].status != 200:
            break
    return tuple(looks)


def _health(got: httpx.Response) -> Health:
    checks = json_of(got).get("checks") or ()
    # What BinderHub itself does not count (a full quota is not an illness) does not count here.
    return Health(got.status_code, {str(c["service"]): bool(c["ok"]) for c in checks if not c.get("_ignore_failure")})


def encoded(browser: Browser, url: str) -> Encoded:
    """What becomes of a path with encoded slashes: the launch page of a repository by its address."""
    spec = f"{quote(_REPOSITORY, safe='')}/HEAD"
    plain, got = browser.ask(f"{url}v2/gh/binder-examples/requirements/HEAD"), browser.ask(f"{url}v2/git/{spec}")
    # The page names what it was asked for. After a login page there is nothing to be read.
    intact = True if spec in got.text else False if f"{_REPOSITORY}/HEAD" in got.text else None
    return Encoded(plain.status_code, got.status_code, got.headers.get("Server", "").startswith(_SERVER), intact)


def cors(browser: Browser, url: str, origin: str) -> tuple[str, ...]:
    """Whose pages may read Binder's answers, by each header that says so.

    Asked of the health page: `/versions` is open to every page, whatever the configuration.
    """
    return tuple(browser.ask(f"{url}health", {"Origin": origin}).headers.get_list("Access-Control-Allow-Origin"))


def stream(browser: Browser, url: str) -> Stream:
    """The first event of a build that BinderHub refuses before it counts or starts anything: its token is not one."""
    at = f"{url}build/gh/binder-examples/requirements/HEAD?build_token=none"
    got = browser.ask(at, {"Accept": "text/event-stream"})
    headers = got.headers
    return Stream(
        got.status_code, headers.get("Content-Type", ""), headers.get("Content-Encoding", ""), _first_phase(got.text)
    )


def _first_phase(text: str) -> str | None:
    for line in text.splitlines():
        if line.startswith("data:"):
            try:
                return str(json.loads(line.removeprefix("data:"))["phase"])
            except (ValueError, KeyError, TypeError):
                return None
    return None
