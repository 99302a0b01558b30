"""The processes of a rehearsal: found by the mark in their environment, ended politely, then not."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from binder_deploy.rehearsal.environment import MARK

POLITE = 5.0
"""Seconds between SIGTERM and SIGKILL."""


def of(folder: Path) -> list[psutil.Process]:
    """Every living process that carries the rehearsal's mark; never this process or one that started it.

    Where an environment cannot be read (another user's process, a system that hides it), the command line decides:
    kwok's components name the folder in their arguments. An editor that has a log open is none of ours: its
    environment can be read, and has no mark.
    """
    spared = {os.getpid(), *(p.pid for p in psutil.Process().parents())}
    return [p for p in psutil.process_iter() if p.pid not in spared and _belongs(p, str(folder))]


def end(folder: Path) -> int:
    """End them all; returns how many there were. Those that they start meanwhile are ended too."""
    ended = 0
    while found := of(folder):
        for process in found:
            _signal(process, kill=False)
        _, left = psutil.wait_procs(found, timeout=POLITE)
        for process in left:
            _signal(process, kill=True)
        psutil.wait_procs(left, timeout=POLITE)
        ended += len(found)
    return ended


def _belongs(process: psutil.Process, folder: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.environ().get(MARK) == folder
    except psutil.AccessDenied:
        return _names(process, folder)
    except (psutil.Error, OSError):
        return False


def _names(process: psutil.Process, folder: str) -> bool:
    try:
        return any(argument.partition("=")[2].startswith(f"{folder}/") for argument in process.cmdline())
    except (psutil.Error, OSError):
        return False


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        pass
