"""A launched server: is it there, does it accept its token, and is it gone when told to go?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from binder_deploy.checks.launch.http import client, unreachable
from binder_deploy.checks.launch.model import Failure, LaunchFailed, Request, Server

EVERY_S = 0.5
_TELLS_NOTHING = (429, 500, 502, 504)
"""Answers of what stands in front of a server: it may be there or not. The hub's own proxy answers 503."""


def authorization(server: Server) -> dict[str, str]:
    """The header that a Jupyter server wants."""
    return {"Authorization": f"token {server.token}"}


def reach(request: Request, server: Server) -> Server:
    """The server as soon as it answers to its token, or to the caller's own where the hub keeps the tokens.

    It is asked for its kernels: `api` by itself tells its version to everybody. Raises `LaunchFailed` in stage
    `server`.
    """
    deadline = time.monotonic() + request.server_timeout_s
    with client(request) as http:
        while True:
            response = _asked(http, server, "api/kernelspecs")
            if isinstance(response, httpx.Response):
                if response.status_code == 200 and "kernelspecs" in _json(response):
                    return server
                own = request.token if request.verify else None
                if response.status_code in (302, 401, 403) and own and own != server.token:
                    server = Server(server.url, own)
                    continue
            if time.monotonic() > deadline:
                raise _no_answer(server, response)
            time.sleep(EVERY_S)


def kernel_language(request: Request, server: Server) -> tuple[str, str]:
    """Name and language of the server's default kernel. Raises `LaunchFailed` in stage `server`."""
    with client(request) as http:
        try:
            response = http.get(f"{server.url}api/kernelspecs", headers=authorization(server))
        except httpx.HTTPError as error:
            raise unreachable("server", server.url, error) from error
    found = _json(response)
    specs = found.get("kernelspecs") or {}
    name = str(found.get("default") or "")
    if name not in specs:
        name = next(iter(specs), "")
    if not name:
        raise LaunchFailed(
            Failure("server", "the server has no kernel", "see that the repository's environment installs one")
        )
    return name, str((specs[name].get("spec") or {}).get("language") or name)


def stop(request: Request, server: Server) -> None:
    """Tell the server to shut down, and wait until it is gone. Raises `LaunchFailed` in stage `stop`."""
    deadline = time.monotonic() + request.server_timeout_s
    said = ""
    with client(request) as http:
        try:
            answer = http.post(f"{server.url}api/shutdown", headers=authorization(server))
            said = "" if answer.is_success else f"it answers {answer.status_code} to the order to shut down"
        except httpx.HTTPError as error:
            said = f"the order to shut down did not get through ({type(error).__name__})"
        while True:
            response = _asked(http, server, "api")
            if isinstance(response, httpx.Response):
                if not _version(response) and response.status_code not in _TELLS_NOTHING:
                    return
                now = "it still answers" if _version(response) else f"its address answers {response.status_code}"
            else:
                now = f"its address cannot be asked ({type(response).__name__})"
            if time.monotonic() > deadline:
                break
            time.sleep(EVERY_S)
    raise LaunchFailed(
        Failure(
            "stop",
            f"the server was told to stop, but after {request.server_timeout_s:.0f} s {said or now}",
            "stop it on the hub's admin page; hub.culling ends it when it is idle for long enough",
        )
    )


def _asked(http: httpx.Client, server: Server, path: str) -> httpx.Response | httpx.HTTPError:
    try:
        return http.get(f"{server.url}{path}", headers=authorization(server), follow_redirects=False)
    except httpx.HTTPError as error:
        return error


def _version(response: httpx.Response) -> bool:
    """Whether it is a Jupyter server that answers."""
    return response.status_code == 200 and "version" in _json(response)


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _no_answer(server: Server, last: httpx.Response | httpx.HTTPError) -> LaunchFailed:
    if isinstance(last, httpx.HTTPError):
        return unreachable("server", server.url, last)
    remedy = "see that the hub's address leads to its proxy: `binder-deploy check --phase ingress --phase hub`"
    if last.status_code in (401, 403):
        remedy = "where people log in, put a token of the hub into BINDER_DEPLOY_TOKEN"
    return LaunchFailed(Failure("server", f"the server does not answer: its address gives {last.status_code}", remedy))
