"""The control plane of a rehearsal: etcd, kube-apiserver, controller manager, scheduler and kwok, through kwokctl.

One for each rehearsal. Whoever creates the simulated cluster starts it, whoever deletes the cluster stops it; nothing
of it survives a stop. All of it listens on loopback alone.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from filelock import FileLock

from binder_deploy.rehearsal import kwok
from binder_deploy.rehearsal.environment import scrubbed
from binder_deploy.rehearsal.record import Record

if TYPE_CHECKING:
    from binder_deploy.rehearsal.clouds.control import Made
    from binder_deploy.rehearsal.controllers.api import Api

CLUSTER = "rehearsal"
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller")
ATTEMPTS = 4
"""Between choosing a port and listening on it somebody else may take it; then all starts again with other ports."""
READY_WITHIN = 120.0
"""Seconds. Some 5 on two idle cores; the rest is for machines that do something else."""


class ControlPlaneError(Exception):
    """The control plane did not come up; the message ends with what its programs said."""


@dataclass(frozen=True)
class Endpoint:
    """Where the apiserver answers."""

    host: str
    """`127.0.0.1:PORT`."""
    ca_pem: str
    """The certificate of its authority, PEM."""


class ControlPlane:
    """The control plane in a rehearsal's folder. Any process of the rehearsal may hold one of these."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._folder = record.folder
        self._home = record.folder / "control-plane"
        self._cluster = self._home / "clusters" / CLUSTER
        self._state = record.folder / "control-plane.json"

    @classmethod
    def open(cls, folder: Path) -> ControlPlane:
        """The control plane of the rehearsal in `folder`, started or not."""
        return cls(Record.load(folder))

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; there only while the control plane is."""
        return self._folder / "kubeconfig"

    def endpoint(self) -> Endpoint | None:
        """Where it answers, if it has been started and not stopped."""
        try:
            state = json.loads(self._state.read_text())
        except FileNotFoundError:
            return None
        return Endpoint(state["host"], state["ca"])

    def running(self) -> bool:
        """Whether every component lives and the apiserver is ready."""
        endpoint = self.endpoint()
        return endpoint is not None and not self._dead() and self._answers(endpoint, "/readyz")

    def start(self, furnish: Callable[[Api], None] | None = None, user: str | None = None) -> Endpoint:
        """Start it unless it runs, and wait until it can be used.

        `furnish`: makes what a fresh cluster contains; left out, what GKE brings. `user`: who the clouds' login helpers
        say one is, who may do what the cluster's roles allow; left out, the administrator. Raises `ControlPlaneError`.
        """
        with FileLock(self._folder / "control-plane.lock"):
            endpoint = self.endpoint()
            if endpoint is not None and self.running():
                return endpoint
            begun = time.monotonic()
            endpoint = self._create(user)
            self._hand_out(endpoint)
            self._furnish(furnish)
            self._time("control plane", time.monotonic() - begun)
            return endpoint

    def stop(self) -> None:
        """Stop it and remove what it knew. Harmless if it does not run."""
        with FileLock(self._folder / "control-plane.lock"):
            self._clear()

    def create(self, objects: Iterable[Made]) -> None:
        """Put objects into the cluster; those that are there already stay as they are. Raises `ApiError`."""
        with self._api() as api:
            for collection, body in objects:
                api.create(collection, body)

    def delete(self, objects: Iterable[Made]) -> None:
        """Take objects out of the cluster. Harmless if it is gone. Raises `ApiError`."""
        if self.running():
            with self._api() as api:
                for collection, body in objects:
                    api.delete(f"{collection}/{body['metadata']['name']}")

    def _api(self) -> Api:
        # Imported here: it brings an HTTP client, which most users of this class never need.
        from binder_deploy.rehearsal.controllers.api import Api

        return Api.of(self.kubeconfig)

    def _create(self, user: str | None) -> Endpoint:
        for _ in range(ATTEMPTS):
            self._clear()
            ports = dict(zip(kwok.PORTS, free_ports(len(kwok.PORTS)), strict=True))
            self._write_inputs(ports, user)
            # Its own scheduler configuration is a copy of this one, with the kubeconfig's path added.
            said = self._kwokctl("create", "cluster", "--config", str(self._home / "kwok.yaml"),
                                 "--kubeconfig", str(self._home / "kwok.kubeconfig"),
                                 "--kube-scheduler-config", str(self._home / "scheduler.yaml"))  # fmt: skip
            if said.returncode == 0:
                ca = (self._cluster / "pki" / "ca.crt").read_text()
                endpoint = Endpoint(f"127.0.0.1:{ports['kubeApiserverPort']}", ca)
                if self._await_ready(endpoint):
                    return endpoint
        evidence = f"kwokctl: {said.stderr[-1000:]}\n{self._last_words()}"
        self._clear()
        raise ControlPlaneError(
            f"the rehearsal's control plane did not become ready in {ATTEMPTS} attempts; nothing is left running. "
            f"Run the rehearsal again with less load on this machine, or report this:\n{evidence}"
        )

    def _write_inputs(self, ports: dict[str, int], user: str | None) -> None:
        shims = self._home / "bin"
        shims.mkdir(parents=True, exist_ok=True)
        # kwokctl asks kubectl whether the apiserver answers, and downloads one if there is none. We ask ourselves.
        kubectl = shims / "kubectl"
        kubectl.write_text("#!/bin/sh\nexit 0\n")
        kubectl.chmod(0o755)
        tokens = self._home / "tokens.csv"
        tokens.unlink(missing_ok=True)
        if user is not None:
            _write_secret(tokens, f'{secrets.token_urlsafe(32)},"{user}",{user}\n')
        settings = kwok.configuration(self._record.binaries, ports, tokens if user is not None else None)
        (self._home / "kwok.yaml").write_text(settings)
        (self._home / "scheduler.yaml").write_text(kwok.scheduler_configuration(self._record.profiles))

    def _kwokctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = scrubbed(os.environ, self._folder)
        environ |= {
            "KWOK_WORKDIR": str(self._home),
            "PATH": os.pathsep.join([str(self._home / "bin"), environ["PATH"]]),
        }
        command = [str(self._record.binaries["kwokctl"]), "--name", CLUSTER, *arguments]
        return subprocess.run(
            command, env=environ, cwd=self._folder, capture_output=True, text=True, timeout=READY_WITHIN, check=False
        )

    def _await_ready(self, endpoint: Endpoint) -> bool:
        """Whether it can be used in time. False at once if etcd or the apiserver ended: most likely a port was
        taken. The others end when the apiserver takes longer than they wait (10 s); they are started again, once."""
        deadline = time.monotonic() + READY_WITHIN
        revived = False
        while time.monotonic() < deadline:
            dead = self._dead()
            if {"etcd", "kube-apiserver"} & dead:
                return False
            # The controller manager makes this account; without it no pod is admitted.
            if self._answers(endpoint, "/readyz"):
                if dead and revived:
                    return False
                if dead:
                    self._kwokctl("start", "cluster")
                    revived = True
                elif self._answers(endpoint, "/api/v1/namespaces/kube-system/serviceaccounts/default"):
                    return True
            time.sleep(0.1)
        return False

    def _dead(self) -> set[str]:
        return {name for name in COMPONENTS if not _lives(self._cluster / "pids" / f"{name}.pid")}

    def _answers(self, endpoint: Endpoint, path: str) -> bool:
        context = ssl.create_default_context(cadata=endpoint.ca_pem)
        context.load_cert_chain(self._cluster / "pki" / "admin.crt", self._cluster / "pki" / "admin.key")
        host, _, port = endpoint.host.partition(":")
        with closing(http.client.HTTPSConnection(host, int(port), timeout=5, context=context)) as connection:
            try:
                connection.request("GET", path)
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def _hand_out(self, endpoint: Endpoint) -> None:
        """Write the administrator's kubeconfig, what the clouds' login helpers answer, and the state."""
        certificate = (self._cluster / "pki" / "admin.crt").read_text()
        key = (self._cluster / "pki" / "admin.key").read_text()
        _write_secret(self.kubeconfig, kubeconfig(endpoint, certificate, key))
        tokens = self._home / "tokens.csv"
        login = {"clientCertificateData": certificate, "clientKeyData": key}
        if tokens.exists():
            login = {"token": tokens.read_text().partition(",")[0]}
        credential = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "kind": "ExecCredential",
            "status": login,
        }
        _write_secret(self._folder / "credential.json", json.dumps(credential))
        _write_secret(self._state, json.dumps({"host": endpoint.host, "ca": endpoint.ca_pem}))

    def _furnish(self, furnish: Callable[[Api], None] | None) -> None:
        from binder_deploy.rehearsal.controllers.gke import furniture

        with self._api() as api:
            (furnish or furniture.furnish)(api)

    def _time(self, what: str, seconds: float) -> None:
        path = self._folder / "timings.json"
        timings: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**timings, what: round(seconds, 2)}))

    def _last_words(self) -> str:
        logs = sorted((self._cluster / "logs").glob("*.log")) if self._cluster.exists() else []
        return "\n".join(f"{log.name}: …{log.read_text(errors='replace')[-600:]}" for log in logs)

    def _clear(self) -> None:
        for path in (self._state, self.kubeconfig, self._folder / "credential.json"):
            path.unlink(missing_ok=True)
        if self._cluster.exists():
            self._kwokctl("delete", "cluster", "--kubeconfig", str(self._home / "kwok.kubeconfig"))
            shutil.rmtree(self._cluster, ignore_errors=True)


def kubeconfig(endpoint: Endpoint, certificate: str, key: str) -> str:
    """A kubeconfig (JSON, which is YAML) with everything embedded. `certificate` and `key` are PEM."""

    def encoded(pem: str) -> str:
        return base64.b64encode(pem.encode()).decode()

    content: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CLUSTER,
        "clusters": [
            {
                "name": CLUSTER,
                "cluster": {
                    "server": f"https://{endpoint.host}",
                    "certificate-authority-data": encoded(endpoint.ca_pem),
                },
            }
        ],
        "contexts": [{"name": CLUSTER, "context": {"cluster": CLUSTER, "user": CLUSTER}}],
        "users": [
            {
                "name": CLUSTER,
                "user": {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)},
            }
        ],
    }
    return json.dumps(content, indent=1)


def free_ports(count: int, candidates: Iterable[int] | None = None) -> list[int]:
    """Ports on loopback that nobody listens on now. By chance, and below the range that outgoing connections take
    theirs from (32768 on Linux), so that two rehearsals rarely choose the same."""
    chosen: list[int] = []
    for port in candidates or iter(lambda: random.randint(20000, 32000), None):  # noqa: S311
        if port not in chosen and _free(port):
            chosen.append(port)
        if len(chosen) == count:
            break
    return chosen


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _lives(pid_file: Path) -> bool:
    try:
        process = psutil.Process(int(pid_file.read_text()))
        return process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return False


def _write_secret(path: Path, text: str) -> None:
    """For the owner's eyes only, and whole from the first moment that others can see it."""
    draft = path.with_name(f".{path.name}.draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
