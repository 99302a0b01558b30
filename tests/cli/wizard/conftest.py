"""The wizard in a real pseudo-terminal, driven as a person drives it: read what is there, type, read on."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import pty
import re
import runpy
import signal
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pexpect
import pytest
from pexpect.fdpexpect import fdspawn

PRELOADED = [
    "binder_deploy.cli.app",
    "binder_deploy.cli.wizard.ask",
    "binder_deploy.cli.wizard.begin",
    "binder_deploy.cli.flows.real",
    "binder_deploy.checks.probes.aws.access",
    "binder_deploy.checks.probes.google.access",
]
ENTER, DOWN, UP, CTRL_C, CTRL_U = "\r", "\x1b[B", "\x1b[A", "\x03", "\x15"
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])")


class Person:
    """Somebody at a terminal in which one command runs."""

    def __init__(self, master: int, slave: int, process: Any) -> None:
        self._process, self._slave = process, slave
        self.read = ""
        """Everything that was shown, with its escape sequences."""
        self._terminal = fdspawn(master, encoding="utf-8", timeout=60, maxread=65536, use_poll=True)
        self._terminal.delaybeforesend = None

    def sees(self, *words: str) -> None:
        """Wait until these words have been shown, one after the other."""
        for text in words:
            # Between words there may be cursor movements, and a line may be wrapped.
            between = r"(?:\s|\x1b\[[0-9;?]*[A-Za-z])+"
            try:
                self._terminal.expect(between.join(re.escape(word) for word in text.split()))
            except (pexpect.TIMEOUT, pexpect.EOF):
                self.read += self._terminal.before
                raise AssertionError(f"never saw {text!r} in:\n{self.text}") from None
            self.read += self._terminal.before + self._terminal.after

    def types(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self._terminal.send(key)

    def answers(self, title: str, *keys: str) -> None:
        """Wait for a question, then type over what is suggested, and Enter."""
        self.sees(f"{title}:")
        self.types(*keys, ENTER)

    def hangs_up(self) -> int:
        """End the connection, as a network that breaks off does; the exit code."""
        os.kill(self._process.pid, signal.SIGHUP)
        return self.ends()

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        os.close(self._slave)  # held open until the process has surely opened it
        self._terminal.expect(pexpect.EOF)
        self.read += self._terminal.before or ""
        self._process.join(20)
        return int(self._process.exitcode)

    @property
    def text(self) -> str:
        """What was shown, without escape sequences."""
        return ESCAPES.sub("", self.read).replace("\r", "")


@pytest.fixture(scope="session")
def starter() -> Any:
    """A process that has imported everything already and starts others: each is there at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, where the command runs."""
    made = tmp_path / "my-binder"
    made.mkdir()
    return made


@pytest.fixture
def start(starter: Any, tmp_path: Path, folder: Path) -> Iterator[Callable[..., Person]]:
    """Runs a command line in a terminal of its own, on a machine that knows nothing."""
    home = tmp_path / "home"
    home.mkdir()
    running: list[tuple[Any, int]] = []

    def started(*arguments: str, size: tuple[int, int] = (80, 24), google: str = "", **environment: str) -> Person:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        usual = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "LOGNAME": "ada",
            "NO_GCE_CHECK": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }
        given = {
            "terminal": os.ttyname(slave),
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": usual | environment,
            "google": google,
        }
        process = starter.Process(target=runpy.run_path, args=(str(Path(__file__).with_name("terminal.py")), given))
        process.start()
        running.append((process, master))
        return Person(master, slave, process)

    yield started
    for process, master in running:
        if process.is_alive():
            process.terminate()
        process.join(5)
        os.close(master)


@pytest.fixture
def google() -> Iterator[str]:
    """The address of an imitated Google that has one project."""
    project = "/compute/v1/projects/demo-project"
    answers: dict[str, Any] = {
        "/v3/projects:search": {
            "projects": [{"projectId": "demo-project", "displayName": "Demonstration", "state": "ACTIVE"}]
        },
        f"{project}/regions": {
            "items": [{"name": name, "status": "UP"} for name in ("europe-north1", "europe-west1", "us-central1")]
        },
        f"{project}/zones": {
            "items": [
                {"name": name, "status": "UP"} for name in ("europe-north1-a", "europe-west1-b", "europe-west1-c")
            ]
        },
        f"{project}/zones/europe-west1-c/machineTypes": {
            "items": [{"name": name} for name in ("e2-standard-4", "e2-standard-8", "n2-standard-8")]
        },
        "/dns/v1/projects/demo-project/managedZones": {
            "managedZones": [
                {"name": "example-org", "dnsName": "example.org.", "visibility": "public"},
                {"name": "elsewhere-org", "dnsName": "elsewhere.org.", "visibility": "public"},
                {"name": "inside", "dnsName": "example.org.", "visibility": "private"},
            ]
        },
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(urlsplit(self.path).path)
            data = json.dumps(found or {"error": {"code": 404, "message": "not found"}}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
