"""A real API server, with webhooks switched on; a player of canary pods that runs their very script on this machine;
and a small internet on loopback."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.probes.pods import run, targets
from binder_deploy.checks.probes.pods.canary import LABEL
from binder_deploy.checks.probes.pods.targets import Addresses
from binder_deploy.rehearsal import kwok
from binder_deploy.rehearsal.controllers.api import Api, ApiError
from binder_deploy.rehearsal.session import open_session

NAMESPACES = "/api/v1/namespaces"
PODS, POLICIES = run.PODS.format("binder"), run.POLICIES.format("binder")
MEGABYTES = 6 * 10**6
ENFORCE = "pod-security.kubernetes.io/enforce"


@pytest.fixture(scope="session")
def kubeconfig(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of a control plane that all tests of this folder share. A rehearsal's has no webhooks; this one asks them."""
    server = dict(kwok.EXTRA_ARGS["kube-apiserver"])
    del server["disable-admission-plugins"]
    with open_session(tools, root=tmp_path_factory.mktemp("cache")) as session:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kwok, "EXTRA_ARGS", {**kwok.EXTRA_ARGS, "kube-apiserver": server})
            session.control_plane.start()
        yield session.kubeconfig


@pytest.fixture
def api(kubeconfig: Path) -> Iterator[Api]:
    with Api.of(kubeconfig) as opened:
        yield opened


@pytest.fixture
def kube(kubeconfig: Path) -> Kube:
    return Kube(kubeconfig)


@pytest.fixture
def namespace(api: Api) -> Iterator[Callable[..., None]]:
    """Makes the Binder's namespace, with labels; Pod Security forgets it at the end."""

    def make(**labels: str) -> None:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "binder"}}
        api.create(NAMESPACES, body)
        api.patch(f"{NAMESPACES}/binder", {"metadata": {"labels": labels}})
        deadline = time.monotonic() + 20
        # Pods are admitted once the controller manager has made this account.
        while api.get(f"{NAMESPACES}/binder/serviceaccounts/default") is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    yield make
    api.patch(f"{NAMESPACES}/binder", {"metadata": {"labels": {ENFORCE: None}}})


@pytest.fixture
def hub(api: Api, namespace: Callable[..., None]) -> None:
    """The hub's Deployment, whose image canary pods borrow. No replicas: it is only looked at."""
    namespace()
    labels = {"component": "hub"}
    container = {"name": "hub", "image": "registry.example.org/k8s-hub:4.3.5"}
    pod = {"containers": [container], "imagePullSecrets": [{"name": "pull"}]}
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "hub"}, "spec": spec}
    api.create("/apis/apps/v1/namespaces/binder/deployments", body)


class _Web(BaseHTTPRequestHandler):
    """Everything that canary pods ask for, by path."""

    def do_HEAD(self) -> None:
        left = self.server.pulls  # type: ignore[attr-defined]
        self._answer(200 if left else 429, b"", {"ratelimit-remaining": f"{left};w=21600"} if left else {})

    def do_GET(self) -> None:
        if self.path == "/hub/api":
            self._answer(200, b'{"version": "5.3.0"}')
        elif self.path == "/token":
            self._answer(200, b'{"token": "t"}')
        elif self.path == "/v2/":
            self._answer(401, b"{}")
        elif self.path == "/large":
            self._answer(200, b"x" * MEGABYTES)
        elif self.path == "/stalls":
            # The head and a little of the body come; then nothing, as where large packets are lost.
            self.send_response(200)
            self.send_header("Content-Length", str(MEGABYTES))
            self.end_headers()
            self.wfile.write(b"x" * 1000)
            self.wfile.flush()
            self.server.ended.wait(30)  # type: ignore[attr-defined]
        else:
            self._answer(404, b"something else")

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class Internet:
    """Loopback servers, and ports where nobody answers."""

    http: int
    https: int
    blackhole: int
    """Takes no connection: the sender hears nothing, as from behind a policy."""
    ca: Path
    server: Any

    def addresses(self, **other: Any) -> Addresses:
        """A cluster in good health, with some addresses changed."""
        web = f"http://127.0.0.1:{self.http}"
        healthy: dict[str, Any] = {
            "api_server": ("127.0.0.1", self.blackhole),
            "binder": ("127.0.0.1", self.blackhole),
            "metadata": ("127.0.0.1", self.blackhole),
            "registry": f"127.0.0.1:{self.https}",
            "hub": f"{web}/hub/api",
            "hub_by_proxy": f"{web}/hub/api",
            "hub_host": "localhost",
            "outside": "localhost",
            "github": f"https://127.0.0.1:{self.https}/",
            "pypi": f"https://127.0.0.1:{self.https}/simple/pip/",
            "large": f"https://127.0.0.1:{self.https}/large",
            "docker_token": f"{web}/token",
            "docker_limit": f"{web}/limit",
        }
        return Addresses(**{**healthy, **other})

    @property
    def open(self) -> tuple[str, int]:
        """Somebody listens there."""
        return "127.0.0.1", self.http


@pytest.fixture
def internet(tmp_path: Path) -> Iterator[Internet]:
    authority = trustme.CA()
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Web) for _ in range(2)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True)
    ended = threading.Event()
    for server in servers:
        server.pulls, server.ended = 76, ended  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    # A listener that never accepts, with its queue filled: what comes next is not answered.
    with ExitStack() as stack:
        full, *crowd = (stack.enter_context(socket.socket()) for _ in range(9))
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for member in crowd:
            member.setblocking(False)
            member.connect_ex(full.getsockname())
        yield Internet(servers[0].server_port, servers[1].server_port, full.getsockname()[1], ca, servers[0])
    ended.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here needs time to settle."""
    monkeypatch.setattr(targets, "PATIENCE_S", 1)
    monkeypatch.setattr(targets, "SETTLING_S", 1)
    monkeypatch.setattr(targets, "TIMEOUT_S", 1)


@dataclass
class Player:
    """Stands for the kubelet and for what enforces policies. A canary pod's own command runs on this machine, and its
    end is written into the pod's status. `enforces`: whether a policy that denies all leads the pod's packets into a
    black hole; `owners_only`: but not those of pods without an owner."""

    api: Api
    internet: Internet
    folder: Path
    enforces: bool = True
    owners_only: bool = False
    plays: bool = True
    crash: bool = False
    cleans: bool = False
    """As BinderHub does: a finished build is removed."""
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    """Every pod as it was made."""
    errors: list[str] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        known: set[str] = set()
        while not self._done.wait(0.05):
            for pod in self.api.list(f"{PODS}?labelSelector={LABEL}")["items"]:
                if pod["metadata"]["uid"] not in known:
                    known.add(pod["metadata"]["uid"])
                    self.seen.append(pod)
                    if self.plays:
                        threading.Thread(target=self._guarded, args=(pod,), daemon=True).start()

    def stop(self) -> None:
        self._done.set()

    def _guarded(self, pod: Mapping[str, Any]) -> None:
        try:
            self._play(pod)
        except ApiError as error:
            self.errors.append(str(error))

    def _play(self, pod: Mapping[str, Any]) -> None:
        name = pod["metadata"]["name"]
        _python, *arguments, _result = pod["spec"]["containers"][0]["command"]
        if self._is_denied(pod):
            arguments[-1] = arguments[-1].replace(f'"port": {self.internet.http}', f'"port": {self.internet.blackhole}')
        result = self.folder / name
        program = [sys.executable, "-I", *arguments, str(result)] if not self.crash else [sys.executable, "-c", "1/0"]
        environ = {**os.environ, "SSL_CERT_FILE": str(self.internet.ca)}
        ran = subprocess.run(program, env=environ, capture_output=True, text=True, check=False, timeout=60)
        good = ran.returncode == 0
        message = result.read_text() if good else ran.stderr[-2000:]
        ended = {
            "exitCode": ran.returncode,
            "reason": "Completed" if good else "Error",
            "message": message,
            "startedAt": None,
            "finishedAt": None,
        }
        state = {"name": "canary", "ready": False, "restartCount": 0, "image": "", "imageID": ""}
        states = [{**state, "state": {"terminated": ended}}]
        status = {"phase": "Succeeded" if good else "Failed", "containerStatuses": states}
        self.api.patch(f"{PODS}/{name}/status", {"status": status})
        if self.cleans:
            self.api.delete(f"{PODS}/{name}")

    def _is_denied(self, pod: Mapping[str, Any]) -> bool:
        if not self.enforces or (self.owners_only and not pod["metadata"].get("ownerReferences")):
            return False
        labels = pod["metadata"]["labels"].items()
        return any(
            policy["spec"]["podSelector"]["matchLabels"].items() <= labels and not policy["spec"].get("egress")
            for policy in (self.api.get(POLICIES) or {})["items"]
        )


@pytest.fixture
def player(api: Api, internet: Internet, hub: None, tmp_path: Path) -> Iterator[Player]:
    playing = Player(api, internet, tmp_path)
    thread = threading.Thread(target=playing.run, daemon=True)
    thread.start()
    yield playing
    playing.stop()
    thread.join()
    assert playing.errors == []


@pytest.fixture
def nothing_left(kube: Kube) -> Callable[[], bool]:
    """Whether no canary is left in the cluster: as the store has it, for the apiserver's cache comes a little later."""
    return lambda: not any(kube.get(f"{where}?labelSelector={LABEL}").get("items") for where in (PODS, POLICIES))


@pytest.fixture
def webhook(api: Api) -> Iterator[Callable[[str, str, str], None]]:
    """Puts a validating webhook in the way that calls a Service which is not there."""
    made: list[str] = []
    collection = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"

    def put(name: str, group: str, resource: str) -> None:
        hook = {
            "name": name,
            "clientConfig": {"service": {"name": "gone", "namespace": "nowhere", "path": "/validate"}},
            "rules": [{"apiGroups": [group], "apiVersions": ["*"], "operations": ["CREATE"], "resources": [resource]}],
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 2,
        }
        kind = "ValidatingWebhookConfiguration"
        body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}}
        api.create(collection, {**body, "webhooks": [hook]})
        made.append(name)

    yield put
    for name in made:
        api.delete(f"{collection}/{name}")


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """What a function says once that is true."""

    def ask(question: Callable[[], Any], within_s: float = 20) -> Any:
        deadline = time.monotonic() + within_s
        while not (answer := question()):
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.1)
        return answer

    return ask


@pytest.fixture
def told() -> Callable[[Any], str]:
    """A verdict with everything that it says, as text: for looking for what must not be in it."""
    return lambda verdict: json.dumps(vars(verdict), default=str)
