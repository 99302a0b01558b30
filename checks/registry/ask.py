"""Asking a registry whether images may be pushed or read (OCI distribution API). Nothing stays behind."""

from __future__ import annotations

import httpx

from binder_deploy.checks.facts.registry import Answer, Outcome
from binder_deploy.checks.registry.login import Login, LoginRefused
from binder_deploy.checks.registry.model import NoAnswer, Registry
from binder_deploy.checks.registry.words import said

TIMEOUT_S = 8.0
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_CANCELLED = (httpx.codes.NO_CONTENT, httpx.codes.OK, httpx.codes.ACCEPTED, httpx.codes.NOT_FOUND)
"""The specification knows 204 only; some registries are done later, or forget an empty upload at once."""


def may_push(registry: Registry, name: str) -> Answer:
    """Begin an upload into `name` (`owner/image`) and cancel it. Raises `NoAnswer`."""
    login = Login(registry, f"repository:{name}:pull,push")
    with _client() as client:
        response = _send(client, registry, "POST", f"/v2/{name}/blobs/uploads/", login)
        if isinstance(response, LoginRefused):
            return _login_refused(registry, name, response)
        location = response.headers.get("location")
        if response.status_code == httpx.codes.ACCEPTED and location:
            note = _cancel(client, httpx.URL(response.url).join(location), registry, name, login)
            return _answer(registry, name, "allowed", response, note)
    if response.status_code == httpx.codes.BAD_REQUEST and said(response, ""):
        return _answer(registry, name, "refused", response)  # a name that it does not take
    return _answer(registry, name, _refusal(response), response)


def may_read(registry: Registry, name: str, tag: str) -> Answer:
    """Ask for a manifest of `name` (`owner/image`), as BinderHub and nodes do. Raises `NoAnswer`."""
    with _client() as client:
        login = Login(registry, f"repository:{name}:pull")
        response = _send(client, registry, "GET", f"/v2/{name}/manifests/{tag}", login)
    if isinstance(response, LoginRefused):
        return _login_refused(registry, name, response)
    if response.status_code == httpx.codes.OK and response.headers.get("content-type", "").split(";")[0] in _MANIFESTS:
        return _answer(registry, name, "allowed", response)
    return _answer(registry, name, _refusal(response), response)


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_S, headers={"User-Agent": "binder-deploy"})


def _send(
    client: httpx.Client, registry: Registry, method: str, path: str, login: Login
) -> httpx.Response | LoginRefused:
    headers = {"Accept": ", ".join(_MANIFESTS)}
    # An upload that is sent elsewhere would arrive as a GET: only questions follow a redirect. The client
    # leaves the proof behind when that leads to another host.
    follow = method == "GET"
    try:
        return client.request(
            method, registry.url.rstrip("/") + path, headers=headers, auth=login, follow_redirects=follow
        )
    except LoginRefused as refused:
        return refused
    except httpx.HTTPError as error:
        raise NoAnswer(f"{registry.host} cannot be reached ({str(error) or type(error).__name__})") from error


def _cancel(client: httpx.Client, location: httpx.URL, registry: Registry, name: str, login: Login) -> str:
    """End an upload; what to tell about it. Only the registry itself gets the proof."""
    here = httpx.URL(registry.url)
    own = (location.scheme, location.netloc) == (here.scheme, here.netloc)
    # To some the right to push is enough; distribution, and what is built on it, wants the one to delete.
    for proof in (login, Login(registry, f"repository:{name}:pull,push,delete")) if own else (httpx.Auth(),):
        try:
            response = client.delete(location, auth=proof)
        except (httpx.HTTPError, LoginRefused, NoAnswer) as error:
            why = str(error) or type(error).__name__
        else:
            if response.status_code in _CANCELLED:
                return ""
            why = str(response.status_code)
    return f"the empty upload could not be cancelled ({why}); the registry forgets it by itself"


def _refusal(response: httpx.Response) -> Outcome:
    """What an answer other than the wished one means. Raises `NoAnswer` for one that means nothing."""
    match response.status_code:
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return "refused"
        case httpx.codes.NOT_FOUND if "docker-distribution-api-version" in response.headers or said(response, ""):
            return "absent"
        case httpx.codes.NOT_FOUND | httpx.codes.METHOD_NOT_ALLOWED | httpx.codes.OK:
            return "no registry"
    words = said(response, "")
    raise NoAnswer(f"{response.request.url.host} answers {response.status_code}{f' ({words})' if words else ''}")


def _answer(registry: Registry, name: str, outcome: Outcome, response: httpx.Response, note: str = "") -> Answer:
    words = said(response, registry.password)
    return Answer(f"{registry.host}/{name}", registry.username, outcome, response.status_code, words, note)


def _login_refused(registry: Registry, name: str, refused: LoginRefused) -> Answer:
    outcome: Outcome = "login refused" if registry.username else "refused"
    return Answer(f"{registry.host}/{name}", registry.username, outcome, refused.status, refused.words)
