"""Official releases: fetched, verified by their published checksum, unpacked."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Event, Lock
from typing import IO

import httpx

from binder_deploy.tools.lock import Binary
from binder_deploy.tools.place import Site
from binder_deploy.tools.report import Failed, Observe, Progress

_TRIES = 2  # a large file over a poor line: one cut-off transfer must not lead to a build of minutes
_REPORT_EVERY = 0.2  # seconds
_HEX = re.compile(r"(?:[0-9a-f]{64}|[0-9a-f]{128})")


class Downloads:
    """The downloads of one run. A host that does not answer is not asked again."""

    def __init__(self, site: Site, observe: Observe) -> None:
        self.stop = Event()
        self._site = site
        self._observe = observe
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()
        self._client = httpx.Client(
            follow_redirects=True,
            timeout=httpx.Timeout(30.0, connect=site.connect_timeout),
            verify=_trusted(),
            headers={"User-Agent": "binder-deploy", "Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def release(self, binary: Binary, into: Path) -> tuple[Path, str]:
        """Fetch a binary into a folder; (its file, the release's address). Raises Failed."""
        release = binary.release
        names = release.platforms.get(f"{self._site.system}/{self._site.architecture}")
        if names is None:
            raise Failed(f"there is none for {self._site.system}/{self._site.architecture}")
        names = {**names, "version": binary.version}
        url = release.url.format(**names)
        self._probe(url)
        digest = self._digest([address.format(**names) for address in release.checksums], _name(url))
        archive = into / _name(url)
        self._fetch(binary, url, archive)
        kind = "sha256" if len(digest) == 64 else "sha512"
        with archive.open("rb") as file:
            actual = hashlib.file_digest(file, kind).hexdigest()
        if actual != digest:
            raise Failed(f"the {kind} of {url} is {actual}, published is {digest}: not used")
        if not release.member:
            return archive, url
        return _unpack(archive, release.member.format(**names), into / binary.name), url

    def _probe(self, url: str) -> None:
        """One question per host and run: many binaries lie on one host, and each silence costs seconds."""
        address = httpx.URL(url)
        host = self._host(address)
        with host.lock:
            if not host.asked:
                host.asked = True
                with self._talking(address), self._client.stream("HEAD", address.copy_with(path="/")):
                    pass
        if host.unreachable:
            raise Failed(host.unreachable)

    def _host(self, address: httpx.URL) -> _Host:
        with self._lock:
            return self._hosts.setdefault(address.host, _Host())

    def _digest(self, addresses: list[str], name: str) -> str:
        reasons = []
        for address in addresses:
            try:
                with self._talking(httpx.URL(address)):
                    response = self._client.get(address)
                    response.raise_for_status()
            except Failed as failure:
                reasons.append(str(failure))
                continue
            digest = published(response, name)
            if digest:
                return digest
            reasons.append(f"{address} does not name {name}")
        raise Failed("no checksum to verify it by: " + "; ".join(reasons))

    def _fetch(self, binary: Binary, url: str, file: Path) -> None:
        for more in reversed(range(_TRIES)):
            try:
                with self._talking(httpx.URL(url)):
                    self._stream(binary, url, file)
                return
            except Interrupted:
                if not more:
                    raise

    def _stream(self, binary: Binary, url: str, file: Path) -> None:
        began = time.monotonic()
        reported = began - _REPORT_EVERY
        with self._client.stream("GET", url) as response, file.open("wb") as sink:
            response.raise_for_status()
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
            for chunk in response.iter_raw(1 << 18):
                sink.write(chunk)
                if self.stop.is_set():
                    raise Failed("the run was stopped")
                now = time.monotonic()
                if now - reported > _REPORT_EVERY or sink.tell() == total:
                    reported = now
                    self._observe(
                        Progress(
                            "download",
                            (binary.name,),
                            f"{binary.name} {binary.version} from {url}",
                            sink.tell(),
                            total,
                            now - began,
                        )
                    )

    @contextmanager
    def _talking(self, address: httpx.URL) -> Iterator[None]:
        """Turn what can go wrong with a server into Failed, and remember a host that does not answer."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            # After a redirect the silent host is not the one that was asked for.
            silent = error.request.url
            host = self._host(silent)
            host.unreachable = f"{silent.host} cannot be reached ({_said(error)})"
            self._observe(Progress("unreachable", (), f"{host.unreachable}; it is not asked again in this run"))
            raise Failed(host.unreachable) from error
        except httpx.HTTPStatusError as error:
            raise Failed(f"{address} answers {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise Interrupted(f"{address} was cut off ({_said(error)})") from error


class Interrupted(Failed):
    """A transfer that began and broke: worth a second try."""


@dataclass
class _Host:
    """What this run knows of a host."""

    lock: Lock = field(default_factory=Lock)
    asked: bool = False
    unreachable: str = ""


def published(response: httpx.Response, name: str) -> str:
    """The digest that a published checksum gives for a file: a list, a bare digest, or GitHub's JSON. May be ""."""
    if "json" in response.headers.get("Content-Type", ""):
        assets = response.json().get("assets", [])
        named = {asset["name"]: asset.get("digest") or "" for asset in assets}
        found = named.get(name, "").partition(":")[2]
    else:
        lines = [line.split() for line in response.text.splitlines() if line.strip()]
        # `sha256sum` marks a file read as binary with an asterisk, and some lists say ./name.
        named = {line[-1].removeprefix("*").removeprefix("./"): line[0] for line in lines if len(line) == 2}
        found = lines[0][0] if len(lines) == 1 and len(lines[0]) == 1 else named.get(name, "")
    return found.lower() if _HEX.fullmatch(found.lower()) else ""


def _unpack(archive: Path, member: str, target: Path) -> Path:
    """Copy one member out of an archive. Raises Failed."""
    target = target.with_name(f"{target.name}.unpacked")
    try:
        if archive.name.endswith(".zip"):
            with zipfile.ZipFile(archive) as container, container.open(member) as source:
                _copy(source, target)
        else:
            with tarfile.open(archive) as tar:
                file = tar.extractfile(member)
                if file is None:
                    raise Failed(f"{member} in {archive.name} is not a file")
                with file:
                    _copy(file, target)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Failed(f"{archive.name} has no {member} ({_said(error)})") from error
    return target


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def _trusted() -> ssl.SSLContext | bool:
    """httpx knows SSL_CERT_FILE; many sites with an authority of their own set the name that requests reads."""
    named = os.environ.get("REQUESTS_CA_BUNDLE")
    if named and not os.environ.get("SSL_CERT_FILE") and Path(named).is_file():
        return ssl.create_default_context(cafile=named)
    return True


def _name(url: str) -> str:
    return PurePosixPath(httpx.URL(url).path).name


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
