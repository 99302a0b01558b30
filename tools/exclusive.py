"""One run at a time obtains tools into a cache; another waits and says for whom."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from binder_deploy.tools.place import Site
from binder_deploy.tools.process import end_orphans
from binder_deploy.tools.report import Observe, Progress

_TELL_EVERY = 1.0  # seconds


@contextmanager
def exclusive(site: Site, names: tuple[str, ...], observe: Observe) -> Iterator[None]:
    """Hold the cache; on entry the rests of dead runs are gone and the scratch folder is empty.

    The lock ends with the process that holds it, however that ends.
    """
    site.tools.mkdir(parents=True, exist_ok=True)
    holder = site.cache / "tools.holder"
    lock = FileLock(site.cache / "tools.lock")
    began = time.monotonic()
    patience = 0.0  # the first refusal is told at once
    while not lock.is_locked:
        try:
            lock.acquire(timeout=patience)
        except Timeout:
            patience = _TELL_EVERY
            message = f"waiting for {_read(holder)}"
            observe(Progress("wait", names, message, elapsed=time.monotonic() - began))
    try:
        purpose = f", which obtains {', '.join(names)}" if names else ""
        holder.write_text(f"process {os.getpid()}{purpose}", encoding="utf-8")
        _clear(site, observe)
        yield
    finally:
        shutil.rmtree(site.work, ignore_errors=True)
        holder.unlink(missing_ok=True)
        lock.release()


def _clear(site: Site, observe: Observe) -> None:
    """Nobody else holds the lock, so what lies in the scratch folder belongs to a run that was killed."""
    end_orphans(children_notes(site))
    if site.work.exists() and any(site.work.iterdir()):
        observe(Progress("discard", (), f"clearing what an interrupted run left in {site.work}"))
        shutil.rmtree(site.work)
    site.work.mkdir(exist_ok=True)


def children_notes(site: Site) -> Path:
    """The folder of notes on started programs."""
    return site.cache / "children"


def _read(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8") or "another process"
    except FileNotFoundError:  # it is just starting or just done
        return "another process"
