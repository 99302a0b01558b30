"""Collects facts: every probe once, all at the same time, each with its own timeout."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from binder_deploy.checks.model import Fact, Key, Probe, Unknown, Withheld


@dataclass(frozen=True)
class Collected:
    """What one probe brought."""

    key: Key[Any]
    fact: Fact[Any] | Unknown | Withheld
    elapsed: float
    """Seconds."""


def collect(probes: Mapping[Key[Any], Probe[Any]]) -> Iterator[Collected]:
    """Facts in the order in which they come. A probe that raises or is late gives `Unknown`, never an exception."""
    done: queue.SimpleQueue[Collected] = queue.SimpleQueue()
    start = time.monotonic()
    for key, probe in probes.items():
        # Daemon threads, not a pool: a pool's hanging thread would keep the whole program from ending.
        threading.Thread(target=_ask, args=(key, probe, done), name=f"probe {key.name}", daemon=True).start()
    waiting = dict(probes)
    while waiting:
        late = min(waiting, key=lambda key: waiting[key].timeout_s)
        limit = waiting[late].timeout_s
        try:
            found = done.get(timeout=max(0.0, start + limit - time.monotonic()))
        except queue.Empty:
            found = Collected(late, Unknown(f"no answer within {limit:g} s"), limit)
        if waiting.pop(found.key, None):  # else it came after its timeout
            yield found


def _ask(key: Key[Any], probe: Probe[Any], done: queue.SimpleQueue[Collected]) -> None:
    start = time.monotonic()
    fact: Fact[Any] | Unknown
    try:
        fact = Fact(probe.collect(), probe.source)
    except Exception as error:
        lines = str(error).strip().splitlines()
        fact = Unknown(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)
    done.put(Collected(key, fact, time.monotonic() - start))
