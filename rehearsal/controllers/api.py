"""The rehearsal's Kubernetes API as plain JSON: objects are dictionaries in, dictionaries out.

Raw on purpose: the controllers share two cores with the engine, and the typed client spends more time on building
objects than the apiserver on answering.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from binder_deploy.rehearsal.environment import refuse_remote

Object = dict[str, Any]


class ApiError(Exception):
    """The apiserver refused. `status` is the HTTP status, the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(f"{status}: {message}")


class Api:
    """One connection pool to one apiserver; safe to share between threads."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def of(cls, kubeconfig: Path) -> Self:
        """From the administrator's kubeconfig of a rehearsal (JSON). Raises `RemoteEndpointError`."""
        text = kubeconfig.read_text()
        refuse_remote(text)
        content = json.loads(text)
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        # The standard library loads a client certificate from files only.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pair:
            pair.write(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
            pair.flush()
            context.load_cert_chain(pair.name)
        limits = httpx.Limits(max_connections=64)
        return cls(httpx.Client(base_url=cluster["server"], verify=context, trust_env=False, timeout=10, limits=limits))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every connection."""
        self._client.close()

    def get(self, path: str) -> Object | None:
        """The object at `path`, or None if there is none."""
        return self._send("GET", path, missing_is_none=True)

    def list(self, path: str) -> Object:
        """The list at `path`, as the apiserver's cache has it."""
        listed = self._send("GET", path, params={"resourceVersion": "0"})
        assert listed is not None  # noqa: S101
        return listed

    def create(self, path: str, body: Object) -> Object | None:
        """Create `body` in the collection `path`; None if it is already there."""
        try:
            return self._send("POST", path, body=body)
        except ApiError as error:
            if error.status == 409:
                return None
            raise

    def patch(self, path: str, body: Object) -> Object | None:
        """Merge `body` (RFC 7396) into the object at `path`; None if it is gone."""
        return self._send("PATCH", path, body=body, kind="application/merge-patch+json", missing_is_none=True)

    def delete(self, path: str, body: Object | None = None) -> Object | None:
        """Delete the object at `path`; None if it is gone. `body` is a DeleteOptions."""
        return self._send("DELETE", path, body=body, missing_is_none=True)

    def watch(self, path: str, version: str) -> Iterator[Object]:
        """Events `{type, object}` in the collection `path` since `version`, until the apiserver ends the stream."""
        params = {"watch": "1", "resourceVersion": version, "allowWatchBookmarks": "true"}
        with self._client.stream("GET", path, params=params, timeout=httpx.Timeout(10, read=None)) as response:
            if response.status_code != 200:
                raise ApiError(response.status_code, response.read().decode())
            for line in response.iter_lines():
                yield json.loads(line)

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Object | None = None,
        params: Mapping[str, str] | None = None,
        kind: str = "application/json",
        missing_is_none: bool = False,
    ) -> Object | None:
        content = None if body is None else json.dumps(body).encode()
        response = self._client.request(
            method, path, content=content, params=params, headers={"Content-Type": kind, "Accept": "application/json"}
        )
        if response.status_code == 404 and missing_is_none:
            return None
        if response.is_error:
            try:
                message = str(response.json().get("message"))
            except ValueError:
                message = response.text[:500]
            raise ApiError(response.status_code, message)
        answer: Object = response.json()
        return answer


def _decoded(value: str) -> str:
    return base64.b64decode(value).decode()
