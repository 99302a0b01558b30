"""The canary: a small repository is launched, used and stopped, twice, as a visitor would do it."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from binder_deploy.checks.facts.launch import CANARY, Canary
from binder_deploy.checks.given import Given
from binder_deploy.checks.launch.model import TOKEN_VARIABLE, Proof, Request
from binder_deploy.checks.launch.place import binder_url, trusted
from binder_deploy.checks.launch.spec import parse
from binder_deploy.checks.model import Key, Probe

REPOSITORY = "binderhub-ci-repos/cached-minimal-dockerfile"
"""BinderHub's own tests launch it: a Jupyter server in a small image, built within a minute or two."""
FIRST_S, AGAIN_S = 1500.0, 600.0
"""Seconds for each launch. The first may wait for two node pools to grow, the second needs neither build nor node."""
SERVER_S = 120.0
"""For each of: reaching a server, its cell, its end. A cell may wait for a new node's disk."""
END_S = 120.0
"""How long an interrupted program waits for its canary's server to stop."""


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """A canary, wherever the Binder has an address."""
    url = binder_url(given.settings, given.address)
    return canary_probes(url, verify=trusted(given.settings)) if url else {}


def canary_probes(binder: str, repository: str = REPOSITORY, *, verify: bool = True) -> dict[Key[Any], Probe[Any]]:
    """A canary at this BinderHub (an address with a slash at its end)."""
    limit = FIRST_S + AGAIN_S + 8 * SERVER_S
    return {CANARY: Probe(lambda: _canary(binder, repository, verify), timeout_s=limit)}


def _canary(binder: str, repository: str, verify: bool) -> Canary:
    # Here, not above: most commands ask other checks and need none of this.
    from binder_deploy.checks.launch.prove import prove

    spec, token = parse(repository), os.environ.get(TOKEN_VARIABLE) or None

    def launched(timeout_s: float, cancel: threading.Event) -> Proof:
        request = Request(binder, spec, token, timeout_s, server_timeout_s=SERVER_S, verify=verify)
        return prove(request, lambda _: None, cancel=cancel)

    with _ended_with_the_program() as cancel:
        first = launched(FIRST_S, cancel)
        return Canary(repository, first, launched(AGAIN_S, cancel) if first.ready else None)


@contextmanager
def _ended_with_the_program() -> Iterator[threading.Event]:
    """Probes run in threads that end with the program, wherever they are: a canary first has to stop its server."""
    cancel, done = threading.Event(), threading.Event()

    def end() -> None:
        cancel.set()
        done.wait(END_S)

    atexit.register(end)
    try:
        yield cancel
    finally:
        done.set()
        atexit.unregister(end)
