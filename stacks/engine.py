"""Drives the Pulumi engine for one deployment: an inline program, our own work folder, typed events.

It does not print and does not ask. An interrupt is passed to the engine once, which then finishes what is
under way and keeps its state; the caller gets `Interrupted`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pulumi import automation as auto

from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks import room
from binder_deploy.stacks.drift import Difference, noting
from binder_deploy.stacks.errors import EngineError, Interrupted, locked_by
from binder_deploy.stacks.events import Event, Observer, Summary
from binder_deploy.stacks.operation import Record, explained, graceful, translated
from binder_deploy.stacks.state_lock import clear_dead, told
from binder_deploy.stacks.terse_stack import TerseStack
from binder_deploy.stacks.who import note, who

_SHORT = (
    "{} is nearly full: the work was stopped in time, and what was done so far is recorded; make room, then run the "
    "same command again"
)
PROJECT = "binder-deploy"
"""Name of the Pulumi project, and so the namespace of our configuration keys."""


@dataclass(frozen=True)
class Site:
    """Where the engine works."""

    work: Path
    """Its work folder: relative chart paths start there."""
    root: Path
    """Folder whose `bin/` holds the pinned CLI and plugins."""
    environ: Mapping[str, str]
    """Variables for the engine on top of this process's own: backend, home, passphrase, PATH."""
    secrets_provider: str = "passphrase"
    """What encrypts a new stack's secrets: this, `default` (Pulumi Cloud's own) or the URL of a key."""
    organization: str = "organization"
    """Pulumi Cloud's; every other backend has this one."""


class Engine:
    """One stack of one deployment, ready for operations."""

    def __init__(self, site: Site, name: str, program: Callable[[], None]) -> None:
        with translated("open"):
            workspace = auto.LocalWorkspace(
                work_dir=str(site.work),
                program=program,
                pulumi_command=auto.PulumiCommand(root=str(site.root)),
                env_vars=dict(site.environ),
                secrets_provider=site.secrets_provider,
                # `main` is where plugins are started, and so where Helm looks for relative chart paths. Left out, it
                # would be the folder that the command happens to run in.
                project_settings=auto.ProjectSettings(name=PROJECT, runtime="python", main="."),
            )
            self._stack = TerseStack(auto.fully_qualified_stack_name(site.organization, PROJECT, name), workspace)
        self._site, self._name = site, name
        self._config: auto.ConfigMap | None = None
        self._stopping = threading.Event()
        self._asking, self._asked = threading.RLock(), False

    # Configuration

    def configure_secrets(self, values: Mapping[str, str]) -> None:
        """Set values of our namespace, encrypted. Raises `EngineError`.

        By standard input: the Automation API would put them on the command line, where every process can read
        them.
        """
        for key, value in values.items():
            self._config = None
            ended = self._asked_directly(["config", "set", "--secret", f"{PROJECT}:{key}"], value)
            if ended.returncode:
                raise EngineError("config", [], [], ended.stderr)

    def configured(self) -> frozenset[str]:
        """Keys of our namespace that have a value."""
        return frozenset(self.configuration())

    def value(self, key: str) -> str | None:
        """A value of our namespace that is no secret; None if there is none. Raises `EngineError`."""
        found = self._configured().get(f"{PROJECT}:{key}")
        return None if found is None or found.secret else found.value

    def configure(self, key: str, value: str) -> None:
        """Set a value of our namespace that is no secret. Raises `EngineError`."""
        self._config = None
        with translated("config"):
            self._stack.set_config(f"{PROJECT}:{key}", auto.ConfigValue(value))

    def configuration(self) -> dict[str, str]:
        """Key → value of our namespace, secrets in clear. Raises `EngineError`."""
        prefix = f"{PROJECT}:"
        return {k.removeprefix(prefix): v.value for k, v in self._configured().items() if k.startswith(prefix)}

    def secrets(self) -> tuple[str, ...]:
        """The secret values of our namespace, so that they can be kept out of what is shown. Raises `EngineError`."""
        return tuple(value.value for value in self._configured().values() if value.secret)

    def _configured(self) -> auto.ConfigMap:
        """All of it, read once until it is written: each reading starts the engine's program."""
        if self._config is None:
            with translated("config"):
                self._config = self._stack.get_all_config()
        return self._config

    # Operations

    def preview(self, observe: Observer, targets: Sequence[str] = ()) -> Summary:
        """What `up` would do. Raises `EngineError`, `Interrupted`."""
        return self._run(
            "preview", observe, lambda on_event: self._stack.preview(on_event=on_event, target=list(targets) or None)
        )

    def drift(self, observe: Observer) -> tuple[Difference, ...]:
        """What is otherwise at the cloud than in the state. Neither is changed. Raises `EngineError`, `Interrupted`."""
        found: list[Difference] = []
        self._run("drift", observe, lambda on_event: self._stack.preview_refresh(on_event=noting(found, on_event)))
        return tuple(found)

    def up(self, observe: Observer, targets: Sequence[str] = ()) -> Summary:
        """Create and update, everything or the given URNs alone. Raises `EngineError`, `Interrupted`."""
        return self._run(
            "up",
            observe,
            lambda on_event: self._stack.up(on_event=on_event, target=list(targets) or None, message=note(who())),
        )

    def destroy(self, observe: Observer, targets: Sequence[str] = ()) -> Summary:
        """Remove, everything or the given URNs and what depends on them; as much as can be, also after an error.

        Raises `EngineError`, `Interrupted`.
        """
        return self._run(
            "destroy",
            observe,
            lambda on_event: self._stack.destroy(
                on_event=on_event,
                message=note(who()),
                target=list(targets) or None,
                target_dependents=bool(targets) or None,
                # What one refusal does not concern goes all the same: everything that stays may cost.
                continue_on_error=True,
            ),
        )

    def refresh(self, observe: Observer, targets: Sequence[str]) -> Summary:
        """Ask the cloud about the given URNs; what is gone leaves the state. Raises `EngineError`, `Interrupted`."""
        return self._run(
            "refresh",
            observe,
            lambda on_event: self._stack.refresh(on_event=on_event, target=list(targets), message=note(who())),
        )

    def stop(self) -> None:
        """Ask the running operation to end: what is under way finishes, nothing new starts. Safe from any thread."""
        self._stopping.set()
        self._interrupt()

    def _interrupt(self) -> None:
        """Interrupt the engine once; a second one would kill it. Before it has started there is nobody to ask:
        its first event comes here again."""
        with self._asking:
            for child in () if self._asked else psutil.Process().children():
                try:
                    if child.name() == "pulumi":
                        child.send_signal(signal.SIGINT)
                        self._asked = True
                except psutil.Error:
                    continue  # it has just ended

    # State

    def outputs(self) -> Outputs | None:
        """What the deployment hands out, or None while it is not complete. Raises `EngineError`."""
        ended = self._asked_directly(["stack", "output", "--json", "--show-secrets"], "")
        if ended.returncode:
            raise EngineError("outputs", [], [], explained(ended.stderr))
        try:
            return Outputs.of(json.loads(ended.stdout))
        except KeyError:
            return None

    def resources(self) -> tuple[Mapping[str, Any], ...]:
        """Resources in the state, as the engine exports them, in order of creation."""
        with translated("state"):
            deployment = self._stack.export_stack().deployment or {}
        return tuple(deployment.get("resources", ()))

    def history(self, at_most: int = 50) -> tuple[Mapping[str, Any], ...]:
        """The last operations, the newest first: what, when, how it ended, how many changes. Raises `EngineError`."""
        with translated("history"):
            past = self._stack.history(page_size=at_most, page=1, show_secrets=False)
        return tuple(
            {
                "kind": one.kind,
                "result": one.result,
                "start": str(one.start_time),
                "end": str(one.end_time),
                "changes": dict(one.resource_changes or {}),
            }
            for one in past
        )

    def rewrite(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        """Replace the state's list of resources by what `change` makes of it. Nothing at the cloud is touched.

        Raises `EngineError`.
        """
        with translated("state"):
            exported = self._stack.export_stack()
        deployment = dict(exported.deployment or {})
        deployment["resources"] = change(list(deployment.get("resources", ())))
        self.replace({"version": exported.version, "deployment": deployment})

    def exported(self) -> dict[str, Any]:
        """The whole state, secrets in clear: `{version, deployment}`. Never to be written anywhere."""
        with translated("state"):
            exported = self._stack.export_stack()
        return {"version": exported.version, "deployment": dict(exported.deployment or {})}

    def replace(self, exported: Mapping[str, Any]) -> None:
        """Make this the whole state, in one step, also if a dead process holds its lock. Raises `StateLocked`,
        `EngineError`.

        By standard input: the Automation API would put the secrets in clear into a file.
        """
        self._require_room("import")
        text = json.dumps(exported)
        ended = self._asked_directly(["stack", "import"], text)
        if ended.returncode and (holders := told(ended.stderr)):
            if not clear_dead(self._state):
                raise locked_by("import", holders)
            ended = self._asked_directly(["stack", "import"], text)
        if ended.returncode:
            raise EngineError("import", [], [], ended.stderr)

    def unlock(self) -> None:
        """Take the state's lock from whoever holds it. Only when that run is known to be dead. Raises `EngineError`."""
        with translated("unlock"):
            self._stack.cancel()

    def aside(self, folder: Path, elsewhere: Callable[[Site, Path], Site]) -> Engine:
        """An engine of the same name on an empty state elsewhere. Raises `EngineError`."""
        return Engine(elsewhere(self._site, folder), self._name, lambda: None)

    # How an operation runs

    def _require_room(self, operation: str) -> None:
        """Raises `EngineError` where a local state could not be written whole."""
        try:
            room.require(self._state)
        except room.NoRoom as error:
            raise EngineError(operation, [], [], str(error)) from None

    @property
    def _state(self) -> Path:
        """The folder of a local state; one that is not there for any other."""
        return Path(self._site.environ.get("PULUMI_BACKEND_URL", "").removeprefix("file://"))

    def _asked_directly(self, arguments: Sequence[str], text: str) -> subprocess.CompletedProcess[str]:
        """The engine's program with `text`, which may be secret, by standard input."""
        return subprocess.run(
            [str(self._site.root / "bin" / "pulumi"), *arguments, "--stack", self._stack.name, "--non-interactive"],
            input=text,
            cwd=self._site.work,
            env={**os.environ, **self._site.environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def _run(self, operation: str, observe: Observer, act: Callable[[Callable[..., None]], object]) -> Summary:
        def watched(event: Event) -> None:
            if self._stopping.is_set():
                self._interrupt()
            observe(event)

        self._require_room(operation)
        record = Record(watched)
        self._stopping.clear()
        self._asked = False
        with graceful(self.stop), room.guarded(self._state, self.stop) as kept:
            try:
                self._unlocked(operation, lambda: act(record))
            except auto.CommandError as error:
                if kept.short:
                    raise EngineError(operation, [], [], _SHORT.format(self._state), record.creations) from None
                if self._stopping.is_set():
                    raise Interrupted(operation) from None
                raise EngineError(operation, record.problems, record.failed, str(error), record.creations) from None
        if self._stopping.is_set():
            raise Interrupted(operation)
        if record.crash:
            raise record.crash
        return record.summary

    def _unlocked(self, operation: str, act: Callable[[], object]) -> None:
        """Act, also if a process that is dead still holds the state's lock. Raises `StateLocked`."""
        try:
            act()
        except auto.ConcurrentUpdateError as error:
            if not clear_dead(self._state):
                raise locked_by(operation, told(str(error))) from None
            act()


def of_type(resources: Sequence[Mapping[str, Any]], prefix: str) -> tuple[str, ...]:
    """URNs of resources whose type token starts with `prefix`."""
    return tuple(r["urn"] for r in resources if str(r["type"]).startswith(prefix))
