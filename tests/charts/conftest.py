"""Settings, chart archives and publishers for the tests of `charts`."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from binder_deploy.charts import archive
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.model import Settings

GOLDEN = Path(__file__).parent / "golden"


def settings_of(**sections: Any) -> Settings:
    """A minimal deployment with some sections replaced."""
    base: dict[str, Any] = {
        "version": 1,
        "name": "demo",
        "platform": {
            "kind": "gke",
            "project": "demo-project",
            "region": "europe-west1",
            "zone": "europe-west1-b",
        },
        "address": {"domain": "example.org"},
        "tls": {"email": "ops@example.org"},
        "tags": {"owner": "ops"},
    }
    return Settings.model_validate(base | sections)


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    return settings_of


@pytest.fixture
def secrets() -> ServiceSecrets:
    return ServiceSecrets("API-TOKEN", "PROXY-TOKEN", "COOKIE-SECRET", "CRYPT-KEY")


@pytest.fixture
def versions() -> dict[str, str]:
    return {"binderhub": "1.0.0-0.dev.git.3983.h383374de", "jupyterhub": "4.3.5"}


def same_as_golden(name: str, values: Mapping[str, Any]) -> None:
    """Compare with the golden file of that name; with `GOLDEN=write` write it anew."""
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.representer.ignore_aliases = lambda _: True
    yaml.representer.add_representer(
        str,
        lambda dumper, data: dumper.represent_scalar(
            "tag:yaml.org,2002:str", data, style="|" if "\n" in data else None
        ),
    )
    yaml.dump(dict(values), text)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text.getvalue())
    assert text.getvalue() == file.read_text(), "if this is wanted: GOLDEN=write, then review the difference"


def packed(name: str, version: str, **files: bytes) -> bytes:
    """A small chart's archive."""
    chart = f"apiVersion: v2\nname: {name}\nversion: {version}\n".encode()
    vendored = b"apiVersion: v2\nname: jupyterhub\nversion: 4.3.5\n"
    content = {"Chart.yaml": chart, "values.yaml": b"{}\n"} | files
    if name == "binderhub":
        content["charts/jupyterhub/Chart.yaml"] = vendored
    return archive.pack(name, content)


class Publisher:
    """A plain Helm repository and an OCI registry (with anonymous tokens) on a port of this machine."""

    def __init__(self) -> None:
        self.indexed: dict[tuple[str, str], bytes] = {}
        self.tagged: dict[tuple[str, str], bytes] = {}
        self.digests: dict[str, str] = {}
        """Digests to publish in place of the true ones, by version."""
        self.requests: list[str] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.requests.append(self.path)
                status, headers, body = publisher.answer(self.path, self.headers.get("Authorization", ""))
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, path: str, login: str) -> tuple[int, dict[str, str], bytes]:
        if path == "/repo/index.yaml":
            return 200, {}, self._index().encode()
        if path.startswith("/repo/"):
            for (name, version), data in self.indexed.items():
                if path == f"/repo/{name}-{version}.tgz":
                    return 200, {}, data
            return 404, {}, b""
        if path.startswith("/token?"):
            assert "scope=repository" in path and "service=" in path
            return 200, {}, b'{"token": "anonymous"}'
        if login != "Bearer anonymous":
            realm = f'Bearer realm="http://{self.host}/token",service="here",scope="repository:x:pull"'
            return 401, {"WWW-Authenticate": realm}, b""
        for (name, version), data in self.tagged.items():
            digest = "sha256:" + self.digests.get(version, hashlib.sha256(data).hexdigest())
            if path == f"/v2/{name}/manifests/{version}":
                layer = {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "digest": digest}
                return 200, {}, json.dumps({"layers": [layer]}).encode()
            if path == f"/v2/{name}/blobs/{digest}":
                # Registries send blobs from a storage host.
                return 307, {"Location": f"http://{self.host}/storage/{name}/{version}"}, b""
            if path == f"/storage/{name}/{version}":
                return 200, {}, data
        return 404, {}, b""

    def _index(self) -> str:
        lines = ["apiVersion: v1", "entries:"]
        for name in sorted({name for name, _ in self.indexed}):
            lines.append(f"  {name}:")
            for (other, version), data in self.indexed.items():
                digest = self.digests.get(version, hashlib.sha256(data).hexdigest())
                if other == name:
                    lines += [
                        "  - apiVersion: v2",
                        "    dependencies:",
                        "    - name: jupyterhub",
                        "      version: 9.9.9",
                        f"    digest: {digest}",
                        f"    name: {name}",
                        "    urls:",
                        f"    - {name}-{version}.tgz",
                        f"    version: {version}",
                    ]
        return "\n".join([*lines, "generated: now"]) + "\n"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    served = Publisher()
    yield served
    served.server.shutdown()
    served.server.server_close()
