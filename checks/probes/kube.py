"""Reading from the API server: plain dictionaries, one request per kind. Nothing is ever changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config

from binder_deploy.checks.facts.deployment import Objects

PAGE = 500
"""Objects per answer: what kubectl asks for."""
TIMEOUT_S = 8.0
_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


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
        self._http = ApiClient(settings).rest_client.pool_manager

    def get(self, path: str, accept: str = "application/json") -> Mapping[str, Any]:
        """The answer to a GET. Raises `ApiRefused`, or urllib3's errors if nobody answers."""
        return self._send("GET", path, accept)

    def items(self, path: str, kind: str = "", accept: str = "application/json") -> Objects:
        """Every object of a collection, page by page. An API that is not served has none: its LIST gives 404.

        `kind` is filled in: the items of a list come without.
        """
        try:
            return tuple(self._pages(path, kind, accept))
        except ApiRefused as refused:
            if refused.status == 404:
                return ()
            raise

    def names(self, path: str) -> frozenset[tuple[str, str]]:
        """(namespace, name) of a collection's objects. The content, secrets above all, stays with the server."""
        return frozenset(
            (o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in self.items(path, accept=_NAMES_ONLY)
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
        answer = self._send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body=body)
        return bool(answer["status"].get("allowed"))

    def _pages(self, path: str, kind: str, accept: str) -> Iterator[Mapping[str, Any]]:
        query = {"limit": str(PAGE)}
        while True:
            answer = self.get(f"{path}?{urlencode(query)}", accept)
            for item in answer.get("items") or ():
                yield {**item, "kind": kind} if kind else item
            token = (answer.get("metadata") or {}).get("continue")
            if not token:
                return
            query["continue"] = token

    def _send(
        self, method: str, path: str, accept: str = "application/json", body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        headers = {"Accept": accept, "Content-Type": "application/json"}
        # Certificates are in the pool already; a token may have to be fetched anew, which this does.
        proofs: Mapping[str, Any] = self._settings.auth_settings()
        headers |= {proof["key"]: proof["value"] for proof in proofs.values() if proof["in"] == "header"}
        answer = self._http.request(
            method,
            self._settings.host + path,
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            timeout=TIMEOUT_S,
            retries=False,
        )
        text = answer.data.decode()
        if answer.status >= 400:
            raise ApiRefused(answer.status, path.partition("?")[0], _message(text))
        decoded: Mapping[str, Any] = json.loads(text)
        return decoded


def _message(text: str) -> str:
    """The API server's own words, if it is the API server that answers."""
    try:
        return str(json.loads(text).get("message", ""))
    except (ValueError, AttributeError):
        return text[:200]
