"""The issuing server and the way of its challenges, asked as it would be asked. Nothing is ordered."""

from __future__ import annotations

from typing import Any

import httpx

from binder_deploy.checks.facts import tls as t
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.tls import Door, bracketed, context
from binder_deploy.settings.tls import LetsEncrypt

PATH = "/.well-known/acme-challenge/binder-deploy-asks"
"""No token that is ever given out: 16 characters of base64url would be the least."""
_OFFERED = ("newNonce", "newAccount", "newOrder")
_TIMEOUT_S = 5.0
_DOOR = Door()


def probes(given: Given, door: Door = _DOOR) -> dict[Key[Any], Probe[Any]]:
    """Probes for the directory of the chosen server, and for port 80 once there is an address."""
    tls, address, hosts = given.settings.tls, given.address, given.settings.hosts
    url = door.directories[tls.directory] if isinstance(tls, LetsEncrypt) else None
    found: dict[Key[Any], Probe[Any]] = {t.DIRECTORY: Probe(lambda: directory(url, door) if url else None)}
    if address:
        asked = hosts or (address,)
        found[t.CHALLENGE_PATH] = Probe(
            lambda: tuple(path_answer(host, address, door) for host in asked), timeout_s=4 * _TIMEOUT_S
        )
    return found


def directory(url: str, door: Door) -> t.Directory:
    """What the server offers; why it cannot be read is part of the answer."""
    try:
        answer = httpx.get(url, timeout=_TIMEOUT_S, verify=context(door), follow_redirects=False)
        if answer.status_code != 200:
            return t.Directory(url, problem=f"HTTP status {answer.status_code}")
        offered = answer.json()
    except httpx.HTTPError as error:
        return t.Directory(url, problem=f"{type(error).__name__}: {error}")
    except ValueError:
        return t.Directory(url, problem="the answer is not JSON: something on the way answers in its name")
    if not isinstance(offered, dict):
        return t.Directory(url, problem="the answer is not a directory")
    profiles = (offered.get("meta") or {}).get("profiles") or {}
    return t.Directory(url, tuple(key for key in _OFFERED if key not in offered), tuple(sorted(profiles)))


def path_answer(host: str, address: str, door: Door) -> t.PathAnswer:
    """How the reserved address answers for a host on port 80; where the name leads is asked elsewhere."""
    url = f"http://{bracketed(address)}:{door.http_port}{PATH}"
    try:
        # No proxy: the servers that validate have none either.
        answer = httpx.get(
            url, headers={"Host": bracketed(host)}, timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False
        )
    except httpx.HTTPError as error:
        return t.PathAnswer(host, problem=f"{type(error).__name__}: {error}")
    return t.PathAnswer(host, answer.status_code, answer.headers.get("Location", ""))
