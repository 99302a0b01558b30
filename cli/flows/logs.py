"""What the service's containers write, without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.cli.flows.way_in import way_in
from binder_deploy.ops.asked import asked
from binder_deploy.ops.logs import COMPONENTS, Cleaner, Container, Wanted, component, follow, read
from binder_deploy.ops.redact import Redactor
from binder_deploy.ops.release_storage import ClusterSilent
from binder_deploy.ops.support.cluster import NOT_USERS
from binder_deploy.ops.support.known import of_environment, of_kubeconfig, of_namespace
from binder_deploy.settings.choices import our_namespaces
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is read."""

    file: Path
    what: str = ""
    """A component's name, or a pod's, or how that begins. Empty: everything but people's own servers."""
    follow: bool = False
    since: str = ""
    """`10m`; empty: all that there is, as far as `tail` goes."""
    tail: int | None = None
    """Lines of each container, the newest; None: every one."""
    previous: bool = False


@dataclass(frozen=True)
class Said:
    """A line, ready to be shown."""

    label: str
    text: str


def logs(request: Request, observe: Observer) -> Iterator[Said]:
    """Line by line; `follow` never ends by itself. Raises `Refused`, `ClusterSilent`, and as `way_in` does."""
    if request.follow and request.previous:
        raise Refused("--previous is of a container that has ended: there is nothing to follow; choose one")
    settings, since_s = load(request.file), seconds_of(request.since)
    wanted = _wanted(settings, request.what)
    kubeconfig = way_in(request.file, observe)
    cleaner = Cleaner(Redactor(_secrets(kubeconfig, wanted.namespaces, observe)))
    told = False

    def refused(container: Container, why: str) -> None:
        nonlocal told
        told = True
        observe(Notice(f"no log of {container.label} could be had: {why}"))

    if request.follow:
        lines = follow(kubeconfig, wanted, since_s=since_s, tail=request.tail, refused=refused)
    else:
        lines = read(kubeconfig, wanted, since_s=since_s, tail=request.tail, previous=request.previous, refused=refused)
    for line in lines:
        told = True
        text = cleaner.clean(line)
        if text is not None:
            yield Said(line.container.label, text)
    if not told:
        observe(Notice(f"no pod of ours called {request.what or 'anything'} has written anything that was asked for"))


def seconds_of(text: str) -> int | None:
    """`90s`, `10m`, `2h`, `1d` in seconds; None for nothing. Raises `Refused`."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if text and not found:
        raise Refused(f"--since {text}: write a number and s, m, h or d, such as 10m")
    return int(found[1]) * _UNITS[found[2]] if found else None


def _wanted(settings: Settings, what: str) -> Wanted:
    ours = tuple(sorted(our_namespaces(settings)))
    if what not in COMPONENTS:
        return Wanted(ours, pod=what) if what else Wanted(ours, labels=NOT_USERS)
    namespace, labels = component(settings, what)
    if namespace not in ours:
        raise Refused(f"{what} was there before this deployment, and is not ours to read")
    return Wanted((namespace,), labels)


def _secrets(kubeconfig: Path, namespaces: tuple[str, ...], observe: Observer) -> set[str]:
    """Every value that must not be shown, as far as it can be had."""
    found = {*of_environment(os.environ), *of_kubeconfig(kubeconfig)}
    for namespace in namespaces:
        try:
            with asked():
                found.update(of_namespace(kubeconfig, namespace))
        except ClusterSilent as error:
            observe(Notice(f"the secrets of namespace {namespace} could not be read ({error}): known by looks alone"))
    return found
