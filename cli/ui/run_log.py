"""What a run told, kept in the deployment's folder: a screen is gone when somebody asks what happened."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.runs import DONE, EARLY, RUNS, head, log_files
from binder_deploy.cli.ui.plain import PlainScreen
from binder_deploy.settings.load import load
from binder_deploy.stacks.local_site import FOLDER, work_folder

KEPT = 30
"""Logs of each command, the newest; older ones are removed. Nightly looks push no `up` out."""


@contextmanager
def run_log(file: Path, command: str, observe: Observer, *, anew: bool = True) -> Iterator[Observer]:
    """An observer that tells `observe`, and notes the same as plain lines in `.binder-deploy/runs/`, also how it ended.

    `file`: the settings. Raises `SettingsError` if they cannot be used: nothing is made in a folder that is none.
    `anew`: whether the work folder is made for it. Without, what is run where nobody has worked yet leaves nothing.
    """
    if anew:
        load(file)
    elif not (file.resolve().parent / FOLDER).is_dir():
        yield observe
        return
    work = work_folder(file.resolve().parent)
    folder = work / RUNS
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in log_files(work, command)[: -KEPT + 1]:
        old.unlink(missing_ok=True)
    log = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{command}.log"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as out:
        out.write(f"{head(command)}\n")
        out.flush()  # a run that is killed has its name, too
        plain = PlainScreen(out)

        def both(event: object) -> None:
            plain(event)
            observe(event)

        try:
            yield both
            out.write(f"{DONE}\n")
        except BaseException as error:
            ended = getattr(error, "cause", None) or error
            out.write(f"{EARLY}{type(ended).__name__}: {ended}\n")
            raise
