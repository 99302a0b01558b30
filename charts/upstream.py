"""Downloads charts from where their projects publish them: a plain Helm repository (`index.yaml`) or an
OCI registry. An upstream that does not answer is asked once per run and costs three seconds at most."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_deploy.charts.archive import MAX_PACKED
from binder_deploy.charts.bundle import Source
from binder_deploy.charts.versions import same

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MAX_INDEX = 64 * 2**20
"""Bytes of an index. The JupyterHub project's has a few MB and grows with every commit."""
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


class Unavailable(Exception):
    """Upstream did not give the chart; the message says why."""


@dataclass(frozen=True)
class Download:
    """An archive as upstream sent it; whoever uses it compares the digest first."""

    data: bytes
    sha256: str
    """What upstream's index or manifest says, not what the data has."""
    url: str


class Upstream:
    """A client for one run: remembers which hosts are out of reach."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        self._http = httpx.Client(transport=transport, timeout=timeout, follow_redirects=True)
        self._hosts: dict[str, str] = {}
        self._indexes: dict[str, str] = {}
        self._direct = transport is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def fetch(self, source: Source) -> Download:
        """The chart's archive. Raises `Unavailable` if it cannot be had, whatever the reason."""
        return self._oci(source) if source.repository.startswith("oci://") else self._indexed(source)

    def _indexed(self, source: Source) -> Download:
        base = source.repository.rstrip("/") + "/"
        if base not in self._indexes:
            self._indexes[base] = self._get(base + "index.yaml", MAX_INDEX).decode("utf-8", "replace")
        entry = index_entry(self._indexes[base], source.name, source.version)
        urls, digest = entry.get("urls"), entry.get("digest")
        if not isinstance(urls, list) or not urls or not _is_sha256(digest):
            raise Unavailable(f"{base}index.yaml gives no address or no digest for {source.name} {source.version}")
        url = urljoin(base, str(urls[0]))
        return Download(self._get(url, MAX_PACKED), str(digest), url)

    def _oci(self, source: Source) -> Download:
        host, _, path = source.repository.removeprefix("oci://").partition("/")
        scheme = "http" if host.rsplit(":", 1)[0] in _LOOPBACK else "https"
        base = f"{scheme}://{host}/v2/{path}"
        # A tag cannot have the plus sign of build metadata; Helm writes an underscore.
        url = f"{base}/manifests/{source.version.replace('+', '_')}"
        headers = {"Accept": _MANIFEST}
        response = self._send(url, headers)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            headers["Authorization"] = f"Bearer {self._token(response)}"
            response = self._send(url, headers)
        manifest = _json(response)
        layers = [layer for layer in manifest.get("layers", ()) if layer.get("mediaType") == _LAYER]
        digest = layers[0].get("digest", "") if layers else ""
        if not _is_sha256(digest.removeprefix("sha256:")):
            raise Unavailable(f"{url} is no Helm chart")
        headers["Accept"] = "*/*"
        blob = self._get(f"{base}/blobs/{digest}", MAX_PACKED, headers)
        return Download(blob, digest.removeprefix("sha256:"), source.repository)

    def _token(self, refused: httpx.Response) -> str:
        """An anonymous pull token, from where the registry's challenge sends us."""
        challenge = dict(re.findall(r'(\w+)="([^"]*)"', refused.headers.get("www-authenticate", "")))
        realm = challenge.pop("realm", "")
        if not realm:
            raise Unavailable(f"{refused.url} wants a login")
        answer = _json(self._send(str(httpx.URL(realm).copy_merge_params(challenge)), {}))
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            raise Unavailable(f"{realm} gave no token")
        return token

    def _get(self, url: str, limit: int, headers: dict[str, str] | None = None) -> bytes:
        response = self._send(url, headers or {}, limit)
        if response.status_code != httpx.codes.OK:
            raise Unavailable(f"{url} answered {response.status_code}")
        return response.content

    def _send(self, url: str, headers: dict[str, str], limit: int = 2**20) -> httpx.Response:
        host = urlsplit(url).netloc
        if host in self._hosts:
            raise Unavailable(self._hosts[host])
        try:
            if self._direct:
                _resolves(url)
            with self._http.stream("GET", url, headers=headers) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise Unavailable(f"{url} sent more than {limit >> 20} MB")
                kept = {k: v for k, v in response.headers.items() if k not in ("content-encoding", "content-length")}
                return httpx.Response(response.status_code, headers=kept, content=bytes(body), request=response.request)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._hosts[host] = f"{host} cannot be reached ({error or type(error).__name__})"
            raise Unavailable(self._hosts[host]) from error


def index_entry(index: str, name: str, version: str) -> dict[str, Any]:
    """The entry of one chart version in an `index.yaml`; raises `Unavailable` if it has none.

    An index of thousands of entries takes minutes to parse in pure Python, so only the entry in question
    is cut out and parsed. It relies on how Helm writes an index: block style, two spaces.
    """
    chart = re.search(rf"^  {re.escape(name)}:\n((?:  (?:- |  ).*\n?)*)", index, re.MULTILINE)
    for item in re.split(r"^  - ", chart[1], flags=re.MULTILINE)[1:] if chart else ():
        found = re.search(r"^(?:    )?version: ['\"]?([^\s'\"]+)", item, re.MULTILINE)
        if found and same(found[1], version):
            try:
                entry = YAML(typ="safe").load("    " + item)
            except YAMLError as error:
                raise Unavailable(f"upstream's index has an unreadable entry for {name} {version}") from error
            if isinstance(entry, dict):
                return entry
    raise Unavailable(f"upstream's index does not list {name} {version}")


def _resolves(url: str) -> None:
    """Give up on a name server that does not answer: the HTTP client's timeouts do not cover names."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme in getproxies() and not proxy_bypass(host):
        return
    failure: list[OSError] = []
    asking = threading.Thread(target=_ask, args=(host, failure.append), daemon=True)
    asking.start()
    asking.join(CONNECT_SECONDS)
    if asking.is_alive():
        raise TimeoutError(f"no answer about {host} from the name server")
    if failure:
        raise failure[0]


def _ask(host: str, report: Callable[[OSError], None]) -> None:
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        report(error)


def _json(response: httpx.Response) -> dict[str, Any]:
    if response.status_code != httpx.codes.OK:
        raise Unavailable(f"{response.url} answered {response.status_code}")
    try:
        value = response.json()
    except ValueError as error:
        raise Unavailable(f"{response.url} did not answer with JSON") from error
    if not isinstance(value, dict):
        raise Unavailable(f"{response.url} did not answer with a JSON object")
    return value


def _is_sha256(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[0-9a-f]{64}", text) is not None
