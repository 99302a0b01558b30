"""A real HTTP server, a real tiny Go module and a real cache, all in a temporary folder."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from binder_deploy.tools.exclusive import children_notes
from binder_deploy.tools.golang import toolchain
from binder_deploy.tools.lock import read
from binder_deploy.tools.place import Site
from binder_deploy.tools.process import Children
from binder_deploy.tools.report import Progress

# What the "released" binary is: a script that tells its version, as the real ones do.
SCRIPT = b"#!/bin/sh\necho tool version 1.2.3\n"

LOCK = """
[binaries.tool]
version = "1.2.3"
graph = "tiny"
package = "example.test/tiny/tool"
recognise = {{ arguments = ["--version"], pattern = "tool version {{version}}" }}

[binaries.tool.release]
url = "{base}/v{{version}}/tool-{{platform}}"
checksums = ["{base}/v{{version}}/SUMS"]
platforms = {platforms}

[binaries.packed]
version = "4.5.6"
graph = "tiny"
package = "example.test/tiny/packed"

[binaries.packed.release]
url = "{base}/packed-{{version}}-{{platform}}.tar.gz"
member = "packed-{{version}}/packed"
checksums = ["{base}/none", "{base}/release.json"]
platforms = {platforms}

[graphs.tiny]
folder = "tiny"
cpu_seconds = 2
variables = {{ "main.version" = "{{tool}}" }}

[go]
minimum = "{minimum}"
package = "no-such-wheel-of-go"
version = "0"
hashes = ["sha256:{zeros}"]
"""

MAIN = """
package main

import "os"

var version string

func main() { os.Stdout.WriteString("tool version " + version + "\\n") }
"""

# `acquire` in a process of its own, which can be killed; every event is a line.
RUN = """
import sys
from pathlib import Path
from binder_deploy.tools.acquire import Site, ToolsError, acquire
from binder_deploy.tools.lock import read
site = Site(lock=read(Path(sys.argv[1])), cache=Path(sys.argv[2]))
try:
    found = acquire(["tool"], site=site, observe=lambda p: print(p.step, p.done, p.message, flush=True))
except ToolsError as error:
    sys.exit(str(error))
print("found", found["tool"], flush=True)
"""


@dataclass
class Server:
    """A release host: `files` by path, how often each was asked for, and where a transfer breaks off."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)
    """Path → how many more times only half of it is sent."""
    hold: dict[str, threading.Event] = field(default_factory=dict)
    """Path → what is waited for after the first half."""
    base: str = ""

    def publish(self, content: bytes = SCRIPT, *, digest: str | None = None) -> None:
        """Publish `tool` with a checksums file."""
        self.files["/v1.2.3/tool-here"] = content
        digest = digest or sha256(content).hexdigest()
        self.files["/v1.2.3/SUMS"] = f"{'0' * 64}  other\n{digest} *tool-here\n".encode()

    def publish_packed(self, content: bytes) -> None:
        """Publish `packed` as an archive, its checksum in GitHub's form."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            entry = tarfile.TarInfo("packed-4.5.6/packed")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        name = "packed-4.5.6-here.tar.gz"
        self.files[f"/{name}"] = buffer.getvalue()
        digest = sha256(buffer.getvalue()).hexdigest()
        self.files["/release.json"] = f'{{"assets": [{{"name": "{name}", "digest": "sha256:{digest}"}}]}}'.encode()


@pytest.fixture
def server() -> Iterator[Server]:
    """A release host on a port of its own."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = state.files.get(self.path)
            self.send_response(404 if body is None else 200)
            body = body or b""
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json" if "json" in self.path else "text/plain")
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if state.cut.get(self.path):
                state.cut[self.path] -= 1
                return
            if self.path in state.hold:
                state.hold[self.path].wait(20)
            self.wfile.write(body[len(body) // 2 :])

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.base = f"http://127.0.0.1:{httpd.server_port}"
    yield state
    for event in state.hold.values():
        event.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@dataclass
class World:
    """A site that obtains `tool` and `packed` from a server or from a tiny Go module."""

    root: Path
    base: str
    events: list[Progress] = field(default_factory=list)
    platforms: str = '{ "linux/amd64" = { platform = "here" } }'
    minimum: str = "1.26"
    path: str = field(default_factory=lambda: os.environ["PATH"])
    gocache: str = ""

    @property
    def lock(self) -> Path:
        """The lock, written anew."""
        file = self.root / "lock.toml"
        file.write_text(
            LOCK.format(base=self.base, platforms=self.platforms, minimum=self.minimum, zeros="0" * 64),
            encoding="utf-8",
        )
        return file

    @property
    def environment(self) -> dict[str, str]:
        """Nothing comes over the network; the Go build cache is the machine's, or the private one if empty."""
        own = {
            "PATH": self.path,
            "HOME": str(self.root),
            "GOPROXY": "off",
            "GOMODCACHE": str(self.root / "mod"),
            "GOENV": "off",
            "GOTELEMETRY": "off",
            "PIP_NO_INDEX": "1",
        }
        return own | ({"GOCACHE": self.gocache} if self.gocache else {})

    @property
    def site(self) -> Site:
        """The site, for this process."""
        return Site(
            lock=read(self.lock),
            cache=self.root / "cache",
            environment=self.environment,
            system="linux",
            architecture="amd64",
            connect_timeout=1.0,
        )

    def steps(self) -> list[str]:
        """The steps seen."""
        return [event.step for event in self.events]

    def start(self) -> subprocess.Popen[str]:
        """`acquire(["tool"])` in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", RUN, self.lock, self.root / "cache"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def fake_go(self, build: str) -> None:
        """Put a `go` first on PATH that does `build` (shell) in place of `go build`, else what the real one does."""
        folder = self.root / "fake"
        folder.mkdir(exist_ok=True)
        real = shutil.which("go")
        script = folder / "go"
        script.write_text(f'#!/bin/sh\nif [ "$1" = build ]; then\n{textwrap.dedent(build)}\nfi\nexec {real} "$@"\n')
        script.chmod(0o755)
        self.path = f"{folder}:{os.environ['PATH']}"


@pytest.fixture(scope="session")
def gocache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The machine's Go build cache: compiling the standard library anew takes tens of seconds.

    A machine without Go on PATH gets it there, from where the program itself would take it.
    """
    site = Site(cache=tmp_path_factory.mktemp("go"))
    for folder in (site.work, site.logs):
        folder.mkdir()
    with Children(children_notes(site)) as children, pytest.MonkeyPatch.context() as patch:
        go = toolchain(site, children, lambda event: None)
        patch.setenv("PATH", f"{go.parent}:{os.environ['PATH']}")
        yield subprocess.run([go, "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def world(tmp_path: Path, server: Server, gocache: str) -> World:
    """A world whose server has nothing yet."""
    for name in ("tool", "packed"):
        folder = tmp_path / "tiny" / name
        folder.mkdir(parents=True)
        (folder / "main.go").write_text(MAIN, encoding="utf-8")
    (tmp_path / "tiny" / "go.mod").write_text("module example.test/tiny\n\ngo 1.26\n", encoding="utf-8")
    return World(tmp_path, server.base, gocache=gocache)
