"""Launches one repository through the public address, as a visitor would, and proves the server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from binder_deploy.checks.launch.model import (
    TOKEN_VARIABLE,
    Proof,
    StageEnded,
    StageStarted,
    Unstopped,
)
from binder_deploy.checks.launch.model import Request as Launch
from binder_deploy.checks.launch.place import binder_url, trusted
from binder_deploy.checks.launch.prove import prove
from binder_deploy.checks.launch.spec import parse
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer, PhaseEnded, PhaseStarted
from binder_deploy.settings.load import load
from binder_deploy.settings.staged import on_trial
from binder_deploy.stacks.local_site import FOLDER

TITLES = {
    "ask": "ask the Binder",
    "queue": "wait for the builder",
    "clone": "clone",
    "build": "build",
    "push": "push",
    "launch": "launch",
    "server": "reach the server",
    "cell": "run a cell",
    "stop": "stop the server",
}
"""What each stage is called on a screen."""


@dataclass(frozen=True)
class Request:
    """What is launched, where."""

    repository: str
    """As typed."""
    ref: str | None
    url: str | None
    """Of any BinderHub; None is the one of the settings in `file`."""
    file: Path
    keep: bool
    """Leave the server running."""
    timeout_s: float


@dataclass(frozen=True)
class Result:
    """What came of it."""

    request: Launch
    proof: Proof


def launch(request: Request, observe: Observer) -> Result:
    """Carry it out. Raises `NotARepository`, `Refused`, `SettingsError` before anything is asked.

    `observe` gets a phase for every stage, and the `LogLine`s of the builder.
    """
    spec = parse(request.repository, request.ref)
    binder, verify = _binder(request, observe)
    token = os.environ.get(TOKEN_VARIABLE) or None
    wanted = Launch(binder, spec, token, request.timeout_s, verify=verify)
    observe(Notice(f"{spec.repository} at {binder}"))
    if not verify:
        observe(Notice("the certificate is one for trials: it is not verified, and no token of yours is sent"))
    proof = prove(wanted, lambda event: observe(_for_screens(event)), keep=request.keep)
    return Result(wanted, proof)


def _binder(request: Request, observe: Observer) -> tuple[str, bool]:
    """Address of the Binder, and whether its certificate is verified."""
    if request.url is None:
        settings = load(request.file)
        if on_trial(settings):
            # Whether its certificates are trusted ones by now, the state knows; to ask it takes a second or two.
            from binder_deploy.cli.flows.living import known

            settings = known(request.file, observe).settings
        url = binder_url(settings, None) or _deployed(request.file, observe)
        return url, trusted(settings)
    parts = urlsplit(request.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Refused("--url: write the address of a BinderHub, such as https://mybinder.org/")
    return request.url.rstrip("/") + "/", True


def _deployed(file: Path, observe: Observer) -> str:
    """Address of a Binder without a name, as the deployment's state knows it. Raises `Refused` if there is none."""
    from binder_deploy.cli.flows import real

    if (file.resolve().parent / FOLDER / "kubeconfig").exists():
        outputs = real.opened_for_checks(real.Request(file), observe).engine.outputs()
        if outputs:
            return outputs.binder_url
    raise Refused("this deployment has no name, and no address yet: run `binder-deploy up` first, or write --url")


def _for_screens(event: object) -> object:
    match event:
        case StageStarted():
            return PhaseStarted(event.name, TITLES[event.name])
        case StageEnded():
            return PhaseEnded(event.name, TITLES[event.name], "done" if event.ok else "failed", event.seconds, "")
        case Unstopped():
            return Notice(event.why)
    return event
