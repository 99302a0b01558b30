"""Logging in as registries want it: Basic, or a token from where their challenge sends us.

The protocol is that of distribution's token authentication; Docker Hub, GHCR, Quay, Harbor, Artifact Registry
and ECR all speak it, or Basic.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass

import httpx

from binder_deploy.checks.registry.model import NoAnswer, Registry, safe
from binder_deploy.checks.registry.words import said

_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][-A-Za-z0-9]*)(?=\s+[A-Za-z]+\s*=|\s*(?:,|$))")
_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class LoginRefused(Exception):
    """The registry does not know this user or password."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        self.words = words
        super().__init__(f"{status}: {words}")


@dataclass(frozen=True)
class Challenge:
    """How a registry wants to be asked."""

    scheme: str
    """`bearer` or `basic`."""
    realm: str = ""
    service: str = ""


class Login(httpx.Auth):
    """Answers a registry's challenge, for one right on one image.

    Raises `LoginRefused`, and `NoAnswer` where a token cannot be had for another reason.
    """

    requires_response_body = True

    def __init__(self, registry: Registry, scope: str) -> None:
        self._registry = registry
        self._scope = scope
        self._proof = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Ask, answer the challenge, ask again; a proof that was had is used for what follows."""
        if self._proof:
            request.headers["Authorization"] = self._proof
        response = yield request
        if self._proof or not _refused_here(response, request):
            return
        challenge = read(response.headers.get_list("www-authenticate"))
        if challenge is None:
            return
        if challenge.scheme == "basic":
            if not self._registry.username:
                return
            self._proof = self._basic()
        else:
            answer = yield self._token_request(challenge)
            self._proof = f"Bearer {self._token(answer)}"
        request.headers["Authorization"] = self._proof
        response = yield request
        if challenge.scheme == "basic" and _refused_here(response, request):
            raise LoginRefused(response.status_code, said(response, self._registry.password))

    def _basic(self) -> str:
        login = f"{self._registry.username}:{self._registry.password}".encode()
        return f"Basic {base64.b64encode(login).decode()}"

    def _token_request(self, challenge: Challenge) -> httpx.Request:
        realm = self._registry.token_url or challenge.realm
        if not safe(realm) or (self._registry.url.startswith("https:") and not realm.startswith("https:")):
            raise NoAnswer(f"{self._registry.host} wants the password sent to an address that is not encrypted")
        query = {"service": challenge.service, "scope": self._scope}
        if self._registry.token_url:
            del query["service"]  # it is part of that address
        headers = {"Authorization": self._basic()} if self._registry.username else {}
        return httpx.Request("GET", httpx.URL(realm).copy_merge_params(query), headers=headers)

    def _token(self, response: httpx.Response) -> str:
        where = response.request.url.host
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise LoginRefused(response.status_code, said(response, self._registry.password))
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"{where} answers {response.status_code} when asked for a token")
        try:
            answer = response.json()
            token = answer.get("token") or answer.get("access_token")
        except (ValueError, AttributeError):
            token = None
        if not isinstance(token, str):
            raise NoAnswer(f"{where} gives no token")
        return token


def read(headers: Iterable[str]) -> Challenge | None:
    """The challenge to answer, out of all `WWW-Authenticate` headers: a token's before a password's."""
    found = {}
    for header in headers:
        quoted = re.sub(r'"(?:[^"\\]|\\.)*"', lambda text: '"' + " " * (len(text[0]) - 2) + '"', header)
        starts = list(_SCHEME.finditer(quoted))
        ends = [*(start.start() for start in starts[1:]), len(header)]
        for start, end in zip(starts, ends, strict=True):
            parameters = {
                name.lower(): text or bare for name, text, bare in _PARAMETER.findall(header[start.end() : end])
            }
            scheme = start[1].lower()
            found[scheme] = Challenge(scheme, parameters.get("realm", ""), parameters.get("service", ""))
    bearer = found.get("bearer")
    return bearer if bearer and bearer.realm else found.get("basic")


def _refused_here(response: httpx.Response, request: httpx.Request) -> bool:
    """Whether it is the registry that wants a login. A redirect may have led to another host, whose challenges
    are none of the registry's."""
    here, there = request.url, response.url
    return response.status_code == httpx.codes.UNAUTHORIZED and (here.scheme, here.netloc) == (
        there.scheme,
        there.netloc,
    )
