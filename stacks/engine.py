"""Drives the Pulumi engine for one deployment: an inline program, our own work folder, typed events.

It does not print and does not ask. An interrupt is passed to the engine once, which then finishes what is
under way and keeps its state; the caller gets `Interrupted`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
from pulumi import automation as auto

from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.events import Diagnostic, Event, Observer, ResourceStep, Summary, translate
from binder_deploy.stacks.state_lock import clear_dead, held

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


class EngineError(Exception):
    """The engine ended an operation with an error; `problems` are its own words, `failed` the URNs."""

    def __init__(self, operation: str, problems: Sequence[Diagnostic], failed: Sequence[str], log: str) -> None:
        self.operation, self.problems, self.failed, self.log = operation, tuple(problems), tuple(failed), log
        super().__init__(problems[0].text if problems else log.strip()[-2000:] or f"{operation} failed")


class StateLocked(EngineError):
    """Another operation holds the state."""


class Interrupted(Exception):
    """The operation was asked to stop and did, with its state written."""


@dataclass
class _Record:
    """What is kept of a run's events to explain its end."""

    observe: Observer
    problems: list[Diagnostic] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    summary: Summary = field(default_factory=lambda: Summary({}, 0.0))
    crash: Exception | None = None
    """An observer that raised: the engine would only warn, so it is raised after the operation."""

    def __call__(self, engine_event: auto.EngineEvent) -> None:
        try:
            self._note(translate(engine_event))
        except Exception as error:
            self.crash = self.crash or error

    def _note(self, event: Event | None) -> None:
        match event:
            case None:
                return
            case Diagnostic(severity="error"):
                self.problems.append(event)
            case ResourceStep(state="failed"):
                self.failed.append(event.urn)
            case Summary():
                self.summary = event
        self.observe(event)


class Engine:
    """One stack of one deployment, ready for operations."""

    def __init__(self, site: Site, name: str, program: Callable[[], None]) -> None:
        options = auto.LocalWorkspaceOptions(
            work_dir=str(site.work),
            pulumi_command=auto.PulumiCommand(root=str(site.root)),
            env_vars=dict(site.environ),
            secrets_provider="passphrase",
            # `main` is where plugins are started, and so where Helm looks for relative chart paths. Left out, it
            # would be the folder that the command happens to run in.
            project_settings=auto.ProjectSettings(name=PROJECT, runtime="python", main="."),
        )
        with _translated("open"):
            self._stack = auto.create_or_select_stack(
                stack_name=name, project_name=PROJECT, program=program, opts=options
            )
        self._site = site
        self._stopping = threading.Event()
        self._asking, self._asked = threading.RLock(), False

    # Configuration

    def configure_secrets(self, values: Mapping[str, str]) -> None:
        """Set values of our namespace, encrypted. Raises `EngineError`.

        By standard input: the Automation API would put them on the command line, where every process can read
        them.
        """
        for key, value in values.items():
            ended = subprocess.run(
                [str(self._site.root / "bin" / "pulumi"), "config", "set", "--secret", f"{PROJECT}:{key}",
                 "--stack", self._stack.name, "--non-interactive"],
                input=value,
                cwd=self._site.work,
                env={**os.environ, **self._site.environ},
                capture_output=True,
                text=True,
                check=False,
            )  # fmt: skip
            if ended.returncode:
                raise EngineError("config", [], [], ended.stderr)

    def configured(self) -> frozenset[str]:
        """Keys of our namespace that have a value."""
        prefix = f"{PROJECT}:"
        with _translated("config"):
            configured = self._stack.get_all_config()
        return frozenset(k.removeprefix(prefix) for k in configured if k.startswith(prefix))

    # Operations

    def preview(self, observe: Observer) -> Summary:
        """What `up` would do. Raises `EngineError`, `Interrupted`."""
        return self._run("preview", observe, lambda on_event: self._stack.preview(on_event=on_event))

    def up(self, observe: Observer, targets: Sequence[str] = ()) -> Summary:
        """Create and update, everything or the given URNs alone. Raises `EngineError`, `Interrupted`."""
        return self._run(
            "up", observe, lambda on_event: self._stack.up(on_event=on_event, target=list(targets) or None)
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
                target=list(targets) or None,
                target_dependents=bool(targets) or None,
                # What one refusal does not concern goes all the same: everything that stays may cost.
                continue_on_error=True,
            ),
        )

    def refresh(self, observe: Observer, targets: Sequence[str]) -> Summary:
        """Ask the cloud about the given URNs; what is gone leaves the state. Raises `EngineError`, `Interrupted`."""
        return self._run(
            "refresh", observe, lambda on_event: self._stack.refresh(on_event=on_event, target=list(targets))
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
        """What the deployment hands out, or None while it is not complete."""
        with _translated("outputs"):
            values: dict[str, Any] = {k: v.value for k, v in self._stack.outputs().items()}
        try:
            return Outputs.of(values)
        except KeyError:
            return None

    def resources(self) -> tuple[Mapping[str, Any], ...]:
        """Resources in the state, as the engine exports them, in order of creation."""
        with _translated("state"):
            deployment = self._stack.export_stack().deployment or {}
        return tuple(deployment.get("resources", ()))

    def rewrite(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        """Replace the state's list of resources by what `change` makes of it. Nothing at the cloud is touched.

        Raises `EngineError`.
        """
        with _translated("state"):
            exported = self._stack.export_stack()
            deployment = dict(exported.deployment or {})
            deployment["resources"] = change(list(deployment.get("resources", ())))
            self._stack.import_stack(auto.Deployment(version=exported.version, deployment=deployment))

    # How an operation runs

    def _run(self, operation: str, observe: Observer, act: Callable[[Callable[..., None]], object]) -> Summary:
        def watched(event: Event) -> None:
            if self._stopping.is_set():
                self._interrupt()
            observe(event)

        record = _Record(watched)
        self._stopping.clear()
        self._asked = False
        with _graceful(self.stop):
            try:
                self._unlocked(operation, lambda: act(record))
            except auto.CommandError as error:
                if self._stopping.is_set():
                    raise Interrupted(operation) from None
                raise EngineError(operation, record.problems, record.failed, str(error)) from None
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
            state = Path(self._site.environ.get("PULUMI_BACKEND_URL", "").removeprefix("file://"))
            if not clear_dead(state):
                holders = "; ".join(map(str, held(state))) or str(error).strip()[-500:]
                raise StateLocked(operation, [], [], f"another run holds the state: {holders}") from None
            act()


@contextmanager
def _translated(operation: str) -> Iterator[None]:
    """The engine's refusals (a wrong passphrase, a damaged state) as our error."""
    try:
        yield
    except auto.CommandError as error:
        raise EngineError(operation, [], [], _stderr(error)) from None


def _stderr(error: auto.CommandError) -> str:
    """The part of the SDK's message that the engine said."""
    return str(error).partition("stderr:")[2].strip() or str(error)


@contextmanager
def _graceful(stop: Callable[[], None]) -> Iterator[None]:
    """While the engine runs, an interrupt asks it to stop instead of raising here.

    Raising would leave the engine behind as an orphan that goes on changing things. A terminal's Ctrl-C does not
    reach it directly: see `launcher`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def of_type(resources: Sequence[Mapping[str, Any]], prefix: str) -> tuple[str, ...]:
    """URNs of resources whose type token starts with `prefix`."""
    return tuple(r["urn"] for r in resources if str(r["type"]).startswith(prefix))
