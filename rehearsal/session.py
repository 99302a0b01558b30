"""One rehearsal from opening to closing: its folder, its environment, its programs."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from binder_deploy.rehearsal import folders, processes
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.control_plane import ControlPlane
from binder_deploy.rehearsal.environment import scrubbed
from binder_deploy.rehearsal.record import DEFAULT_PROFILES, Record
from binder_deploy.stacks.launcher import write_launcher

BINARIES = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kwokctl", "pulumi",
    "pulumi-resource-kubernetes",
)  # fmt: skip
"""The programs that a rehearsal needs."""


class SessionError(Exception):
    """The rehearsal cannot be opened; the message says what is missing."""


class Session:
    """An open rehearsal. Made by `open_session`."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.folder = record.folder
        self.work = record.folder / "work"
        """The engine's working directory."""
        self.home = record.folder / "pulumi"
        """The engine's home (PULUMI_HOME)."""
        self.cloud = CloudFile(record.cloud)
        self.control_plane = ControlPlane(record)
        self.environ: Mapping[str, str] = MappingProxyType(scrubbed(os.environ, record.folder))
        """For the engine and every other program. The Automation API adds it to this process's own environment:
        run the engine within `environment.applied(session.environ)`."""
        self._lock = folders.lock(record.folder)
        self._controllers: subprocess.Popen[bytes] | None = None

    @property
    def id(self) -> str:
        """Its name, as `sweep.end` takes it."""
        return self.record.id

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, on loopback; the file is there only while the simulated cluster is."""
        return self.control_plane.kubeconfig

    def start_controllers(self, which: str = "controllers.gke") -> None:
        """Start the controllers of the simulated cloud, unless they run. They wait for the cluster themselves. `which`:
        the sub-package that is run; `ordinary` for a cluster that is there already."""
        if self._controllers is not None and self._controllers.poll() is None:
            return
        log = self.folder / "logs" / "controllers.err"
        with log.open("ab") as errors:
            self._controllers = subprocess.Popen(
                [sys.executable, "-m", f"binder_deploy.rehearsal.{which}", str(self.folder)],
                env=dict(self.environ),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                # A terminal's Ctrl-C is for the engine: the teardown that follows still needs the controllers.
                start_new_session=True,
            )

    def failures(self) -> Sequence[Mapping[str, str]]:
        """What the controllers could not do: `{controller, object, error}` each. Empty is as it should be."""
        path = self.folder / "failures.jsonl"
        found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        if self._controllers is not None and self._controllers.poll() is not None:
            said = (self.folder / "logs" / "controllers.err").read_text(errors="replace")[-1000:]
            found.append({"controller": "all", "object": "", "error": f"ended: {said}"})
        return found

    def timings(self) -> Mapping[str, float]:
        """What took how long, in seconds."""
        path = self.folder / "timings.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def open(self) -> None:
        """Make the folder's contents and hold the lock."""
        for name in ("bin", "home", "tmp", "logs", "state", "work", "pulumi"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        self._lock.acquire(timeout=0)
        self.record.save()
        write_shims(self.folder, self.record.binaries)

    def close(self, *, keep: bool = False) -> None:
        """End it. Everything is stopped and removed, or left running to be looked at (`sweep.end` ends it then)."""
        if keep:
            (self.folder / folders.KEPT).touch()
            self._lock.release()
            return
        if self._controllers is not None and self._controllers.poll() is None:
            self._controllers.terminate()
            self._controllers.wait()
        self.control_plane.stop()
        processes.end(self.folder)
        folders.remove(self.folder)
        self._lock.release()  # last: a folder without a held lock is taken for an abandoned one


@contextmanager
def open_session(
    binaries: Mapping[str, Path],
    *,
    profiles: Sequence[str] = DEFAULT_PROFILES,
    project: Mapping[str, str] | None = None,
    keep: bool = False,
    root: Path | None = None,
) -> Iterator[Session]:
    """A rehearsal for the length of a `with` block.

    `binaries`: every name of `BINARIES` → its file. `profiles`: names of the chart's schedulers. `project`: what the
    simulated cloud must know. `keep`: leave it running at the end, unless the block raises. `root`: another cache.
    Raises `SessionError`.
    """
    missing = [name for name in BINARIES if not (name in binaries and os.access(binaries[name], os.X_OK))]
    if missing:
        raise SessionError(f"a rehearsal needs {', '.join(missing)}; binder-deploy obtains them at the first run")
    started = datetime.now(UTC)
    id = f"{started:%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = folders.rehearsals(root) / id
    record = Record(
        id=id,
        folder=folder,
        pid=os.getpid(),
        started=started.isoformat(timespec="seconds"),
        binaries={name: path.resolve() for name, path in binaries.items()},
        cloud=folder / "cloud.json",
        profiles=tuple(profiles),
        project=dict(project or {}),
    )
    session = Session(record)
    session.open()
    finished = False
    try:
        yield session
        finished = True
    finally:
        session.close(keep=keep and finished)


def write_shims(folder: Path, binaries: Mapping[str, Path]) -> None:
    """Fill `FOLDER/bin`, which is first on PATH: the simulated clouds' plugins, the engine's real Kubernetes plugin,
    and the clouds' login helpers, which answer with the local control plane's credential."""
    shims = folder / "bin"
    write_launcher(shims / "pulumi", binaries["pulumi"])
    (shims / "pulumi-resource-kubernetes").symlink_to(binaries["pulumi-resource-kubernetes"])
    python, answer = shlex.quote(sys.executable), f"exec cat {shlex.quote(str(folder / 'credential.json'))}"
    scripts = {
        **{f"pulumi-resource-{n}": f'exec {python} -m binder_deploy.rehearsal.clouds.{n} "$@"' for n in ("aws", "gcp")},
        # Shells, not Python: they are run for every new connection to the cluster.
        "gke-gcloud-auth-plugin": answer,
        "aws": f'case " $* " in *" eks get-token "*"--cluster-name "*) {answer} ;; esac\n'
        "echo \"a rehearsal plays 'aws eks get-token --cluster-name NAME' alone, not: aws $*\" >&2; exit 2",
    }
    for name, command in scripts.items():
        (shims / name).write_text(f"#!/bin/sh\n{command}\n")
        (shims / name).chmod(0o755)
