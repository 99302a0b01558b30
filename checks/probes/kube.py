"""Talking to the API server in plain dictionaries, one request per kind.

Probes read. What little they create (`checks.probes.pods`) carries a label, expires, and is removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config
from urllib3 import Timeout

from binder_deploy.checks.facts.deployment import Objects
from binder_deploy.settings.kubeconfig import binder_namespace_in

PAGE = 500
"""Objects per answer: what kubectl asks for."""
TIMEOUT_S = 8.0
DISCOVERY = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)
"""As `accept` of `/api` and `/apis`: everything that is served, at once (since 1.27)."""
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""As `accept` of a collection: names and labels; the content, secrets above all, stays with the server."""


class ApiRefused(Exception):
    """The API server answered with an error. `status` is HTTP's."""

    def __init__(self, status: int, path: str, message: str) -> None:
        self.status = status
        super().__init__(f"{status} for {path}: {message}")


class Kube:
    """One cluster, by a kubeconfig file; safe to share between threads.

    Raw JSON on purpose: building the client's typed objects takes longer than the server's answer.
    """

    def __init__(self, kubeconfig: Path) -> None:
        settings = Configuration()
        load_kube_config(config_file=str(kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
        if urlsplit(settings.host).hostname in {"127.0.0.1", "localhost", "::1"}:
            settings.proxy = None  # a site's proxy cannot reach this machine's loopback
        settings.connection_pool_maxsize = 32
        self._settings = settings
        self.binder = binder_namespace_in(kubeconfig)
        """The Binder's namespace."""
        self._http = ApiClient(settings).rest_client.pool_manager

    def get(self, path: str, accept: str = "application/json") -> Mapping[str, Any]:
        """The answer to a GET. Raises `ApiRefused`, or urllib3's errors if nobody answers."""
        return self.send("GET", path, accept)

    def items(self, path: str, kind: str = "", accept: str = "application/json", labels: str = "") -> Objects:
        """Every object of a collection, page by page. An API that is not served has none: its LIST gives 404.

        `kind` is filled in: the items of a list come without. `labels`: a selector.
        """
        try:
            return tuple(self._pages(path, kind, accept, labels))
        except ApiRefused as refused:
            if refused.status == 404:
                return ()
            raise

    def names(self, path: str) -> frozenset[tuple[str, str]]:
        """(namespace, name) of a collection's objects, and nothing else of them."""
        return frozenset(
            (o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in self.items(path, accept=NAMES_ONLY)
        )

    def may(self, user: str, groups: tuple[str, ...], verb: str, resource: str, namespace: str) -> bool:
        """Whether the API server would let `user` do that (a review: it creates nothing). `resource`: `pods/log`."""
        kind, _, sub = resource.partition("/")
        attributes = {"namespace": namespace, "verb": verb, "resource": kind, "subresource": sub}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": list(groups), "resourceAttributes": attributes},
        }
        answer = self.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body=body)
        return bool(answer["status"].get("allowed"))

    def _pages(self, path: str, kind: str, accept: str, labels: str) -> Iterator[Mapping[str, Any]]:
        query = {"limit": str(PAGE)} | ({"labelSelector": labels} if labels else {})
        while True:
            answer = self.get(f"{path}?{urlencode(query)}", accept)
            for item in answer.get("items") or ():
                yield {**item, "kind": kind} if kind else item
            token = (answer.get("metadata") or {}).get("continue")
            if not token:
                return
            query["continue"] = token

    def send(
        self,
        method: str,
        path: str,
        accept: str = "application/json",
        body: Mapping[str, Any] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Mapping[str, Any]:
        """The answer to any request. Raises `ApiRefused`, or urllib3's errors if nobody answers in `timeout_s`."""
        answer = self._http.request(
            method,
            self._settings.host + path,
            headers=self._headers(accept),
            body=None if body is None else json.dumps(body).encode(),
            timeout=timeout_s,
            retries=False,
        )
        text = answer.data.decode()
        if answer.status >= 400:
            raise ApiRefused(answer.status, path.partition("?")[0], _message(text))
        decoded: Mapping[str, Any] = json.loads(text)
        return decoded

    def watch(self, path: str, version: str, within_s: float) -> Iterator[Mapping[str, Any]]:
        """Events `{type, object}` of a collection since the resource version `version`, for `within_s` seconds.

        `path` may have a query. The server may end the stream sooner. Raises as `send` does.
        """
        query = urlencode({"watch": "1", "resourceVersion": version, "timeoutSeconds": str(max(1, round(within_s)))})
        answer = self._http.request(
            "GET",
            f"{self._settings.host}{path}{'&' if '?' in path else '?'}{query}",
            headers=self._headers("application/json"),
            timeout=Timeout(connect=TIMEOUT_S, read=within_s + TIMEOUT_S),
            retries=False,
            preload_content=False,
        )
        try:
            if answer.status >= 400:
                raise ApiRefused(answer.status, path.partition("?")[0], _message(answer.read().decode()))
            rest = b""
            for part in answer.stream(None):
                *lines, rest = (rest + part).split(b"\n")
                yield from map(json.loads, lines)
        finally:
            answer.close()

    def _headers(self, accept: str) -> dict[str, str]:
        headers = {"Accept": accept, "Content-Type": "application/json"}
        # Certificates are in the pool already; a token may have to be fetched anew, which this does.
        proofs: Mapping[str, Any] = self._settings.auth_settings()
        return headers | {proof["key"]: proof["value"] for proof in proofs.values() if proof["in"] == "header"}


def _message(text: str) -> str:
    """The API server's own words, if it is the API server that answers."""
    try:
        return str(json.loads(text).get("message", ""))
    except (ValueError, AttributeError):
        return text[:200]
