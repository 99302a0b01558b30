"""JupyterHub at its public address. `url` ends in a slash."""

from __future__ import annotations

from typing import Any, Literal

import httpx

from binder_deploy.checks.facts.web import Answer, NoAnswer, Upgrade
from binder_deploy.checks.probes.web.browser import Browser, bare, unread

_MARK = "X-JupyterHub-Version"
"""JupyterHub puts it on every answer; none of the proxies before it does."""
_PROXY = "_chp_healthz"
"""JupyterHub's proxy answers here itself, if the request is an ordinary one. One for a websocket goes on to the hub."""
_WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "YmluZGVyLWRlcGxveS0wMQ==",
}
_GUARDED = ("hub/api/users", "hub/api/proxy")


def answer(browser: Browser, url: str) -> Answer | NoAnswer:
    """The hub's answer, with its version if it is a hub that answers."""
    at = f"{url}hub/api"
    try:
        got = browser.ask(at)
    except httpx.TransportError as error:
        return unread(at, error)
    version = json_of(got).get("version") if _MARK in got.headers else None
    return Answer(bare(at), got.status_code, version if isinstance(version, str) else None, got.elapsed.total_seconds())


def stranger(browser: Browser, url: str) -> dict[str, int]:
    """Status of pages that need a token, asked without one."""
    return {path: browser.ask(url + path).status_code for path in _GUARDED}


def upgrade(browser: Browser, url: str) -> Upgrade:
    """Whether a request for a websocket comes through. There is no server to open one with, and none is needed."""
    plain, wanted = browser.ask(url + _PROXY), browser.ask(url + _PROXY, _WEBSOCKET)
    by: Literal["hub", "proxy", "somebody"] = "proxy" if _by_proxy(wanted) else "somebody"
    return Upgrade(_by_proxy(plain), wanted.status_code, "hub" if _MARK in wanted.headers else by)


def json_of(got: httpx.Response) -> dict[str, Any]:
    """The JSON object that was answered, or nothing."""
    try:
        told = got.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _by_proxy(got: httpx.Response) -> bool:
    return got.status_code == 200 and json_of(got).get("status") == "OK" and _MARK not in got.headers
