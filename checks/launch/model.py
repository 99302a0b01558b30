"""The words of a launch: what is asked, what happens meanwhile, what comes of it. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from binder_deploy.checks.launch.spec import Spec

TOKEN_VARIABLE = "BINDER_DEPLOY_TOKEN"  # noqa: S105  # its name
"""Environment variable with the token of a JupyterHub user, for a Binder that wants a login."""

BUILD_STAGES = ("clone", "build", "push")
"""What a launch of an image that is there already leaves out."""
LAUNCH_STAGES = ("ask", "queue", *BUILD_STAGES, "launch")
"""Up to the moment when BinderHub says `ready`."""
SERVER_STAGES = ("server", "cell")
"""Whether the server is worth anything."""


@dataclass(frozen=True)
class Request:
    """A launch to be made."""

    binder: str
    """Address of the BinderHub, with a slash at its end."""
    spec: Spec
    token: str | None = field(default=None, repr=False)
    """Of a JupyterHub user, for a Binder that wants a login."""
    timeout_s: float = 1800.0
    """From the first question to `ready`: a first build on a cluster that must grow takes ten minutes and more."""
    silence_s: float = 60.0
    """BinderHub says something every 25 seconds, if only that it is there: two such signs were lost."""
    server_timeout_s: float = 60.0
    """For each of: reaching the server, running the cell, the server's end."""
    verify: bool = True
    """Verify certificates. Where not (a staging certificate), `token` is not sent."""


@dataclass(frozen=True)
class Server:
    """A person's server."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Stage:
    """A part of a launch that is over."""

    name: str
    """One of `LAUNCH_STAGES`, `SERVER_STAGES`, `stop`."""
    seconds: float


@dataclass(frozen=True)
class Cell:
    """A cell that ran."""

    language: str
    code: str
    output: str


@dataclass(frozen=True)
class Failure:
    """Why it did not go on."""

    stage: str
    message: str
    """What happened, in one line."""
    remedy: str
    log: tuple[str, ...] = ()
    """The last that the builder and the hub said."""
    login: bool = False
    """It wants to know who asks, or refuses the one who does."""


class LaunchFailed(Exception):
    """A launch ended early."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"{failure.message}\n{failure.remedy}")


class LoginNeeded(LaunchFailed):
    """A launch ended early for want of a login."""


def error(failure: Failure) -> LaunchFailed:
    """The exception for a failure."""
    return LoginNeeded(failure) if failure.login else LaunchFailed(failure)


class Cancelled(Exception):
    """Whoever waited for the launch has gone."""


@dataclass(frozen=True)
class Launched:
    """A server that BinderHub says is ready."""

    server: Server
    image: str
    """Name of the image, with its tag."""


@dataclass(frozen=True)
class Proof:
    """What came of a launch, a cell and the server's end."""

    stages: tuple[Stage, ...]
    """In order, each with its time; the last one may have failed."""
    log: tuple[str, ...] = ()
    """The last lines of the builder and the hub."""
    ready: bool = False
    """BinderHub said that a server is ready."""
    image: str = ""
    cell: Cell | None = None
    """None if it did not run, or if the server has no kernel whose language we know."""
    failure: Failure | None = None
    """Why the launch or the cell failed."""
    unstopped: Failure | None = None
    """Why the server may still run."""
    server: Server | None = None
    """The one that is kept."""

    @property
    def built(self) -> bool:
        """Whether an image was built, or tried to be; otherwise the registry had it."""
        return any(stage.name in BUILD_STAGES for stage in self.stages)

    @property
    def seconds(self) -> float:
        """Of all stages."""
        return sum(stage.seconds for stage in self.stages)


@dataclass(frozen=True)
class StageStarted:
    """A stage begins."""

    name: str


@dataclass(frozen=True)
class StageEnded:
    """A stage is over, well or not."""

    name: str
    seconds: float
    ok: bool


@dataclass(frozen=True)
class LogLine:
    """A line of the builder's log, without control characters."""

    text: str


@dataclass(frozen=True)
class Unstopped:
    """A server may go on running, and why."""

    why: str


Observer: TypeAlias = Callable[[object], None]
