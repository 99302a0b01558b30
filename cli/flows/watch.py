"""Looks at the cluster while the engine waits for it.

A pod that no node can hold, or a disk whose StorageClass does not exist, would keep the engine waiting until
its time-out, minutes later, and the reason would be lost. Here it ends the wait, with the reason.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.checks.model import Check, Outcome
from binder_deploy.checks.runner import Probes, watch

INTERVAL_S = 2.0
"""Between two looks: a snapshot costs the API server a dozen lists."""


@dataclass
class Watch:
    """What was seen so far."""

    hopeless: tuple[Outcome, ...] = ()
    """Failures that no waiting mends; not empty once the wait was ended for them."""


@contextmanager
def watching(
    kubeconfig: Path, checks: tuple[Check, ...], probes: Callable[[], Probes], stop: Callable[[], None]
) -> Iterator[Watch]:
    """Look every few seconds, from the moment the cluster exists until the block ends; `stop` if it is in vain.

    `probes` is called once there is a kubeconfig.
    """
    seen, ended = Watch(), threading.Event()

    def look() -> None:
        while not kubeconfig.exists():
            if ended.wait(INTERVAL_S):
                return
        seen.hopeless = watch(checks, probes(), done=ended, every_s=INTERVAL_S)
        if seen.hopeless:
            stop()

    thread = threading.Thread(target=look, name="watch", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
